# What a RUN sees, may do, leaves and fails with: varve's sandbox beside
# dockerd 20.10. probe.c prints some two thousand facts.

load common

setup_file() {
	need_dockerd
	load common
	export D=$BATS_FILE_TMPDIR/d
	start_dockerd "$D"
	dock "$D" import - alpine:latest <"$(base_tar)"
	"${CC:-cc}" -O1 -static -o "$BATS_FILE_TMPDIR/probe" \
		"$BATS_TEST_DIRNAME/probe.c" || true
}

teardown_file() {
	load common
	[ -z "${D:-}" ] || stop_dockerd "$D"
}

setup() {
	fresh
	with_base
	rm context/*
}

need_probe() {
	[ -x "$BATS_FILE_TMPDIR/probe" ] || skip "no static C library"
	cp "$BATS_FILE_TMPDIR/probe" context/
}

# The probe's lines, without what only this machine's cgroups say.
facts() {
	tr -d '\r' | awk '/^begin$/ { on = 1 } on { print } /^end$/ { on = 0 }' |
		grep -v '^node /sys/fs/cgroup/' | mask
}

# same_facts FLAGS...: Dockerfile on standard input.
same_facts() {
	cat >context/Dockerfile
	dock_build "$D" --no-cache "$@" context >docker.raw 2>&1
	"$VARVE" build --no-cache "$@" context >varve.raw 2>&1
	facts <docker.raw >docker.txt
	facts <varve.raw >varve.txt
	[ "$(wc -l <docker.txt)" -gt 100 ]
	diff -u docker.txt varve.txt
}

@test "root of a container: processes, mounts, devices, every system call" {
	need_probe
	same_facts <<-'END'
		FROM alpine:latest
		COPY probe /
		RUN ["/probe"]
	END
	"$VARVE" build --no-cache --runtime runc context 2>&1 | facts >runc.txt
	diff -u docker.txt runc.txt
}

@test "a user with groups, a home, volumes, arguments and a working directory" {
	need_probe
	same_facts <<-'END'
		FROM alpine:latest
		COPY probe /
		RUN echo bob:x:1000:1000::/home/bob:/bin/sh >>/etc/passwd; echo bob:x:1000: >>/etc/group; echo more:x:7:bob >>/etc/group; mkdir -p /old/sub; chmod 1711 /old; chown 5:6 /old; touch /old/f
		VOLUME /old /dev/shm /new/and/deep
		ENV Z=1 A="b c" PATH=/x:/bin
		ARG Q=5
		USER bob
		WORKDIR /w/here
		RUN ["/probe", "short"]
		USER 1234
		RUN ["/probe", "short"]
		USER 0:7
		ENV HOME=/elsewhere HOSTNAME=me
		RUN ["/probe", "short"]
	END
}

@test "limits and hosts that were asked for" {
	need_probe
	same_facts --ulimit nofile=100:200 --ulimit core=5 --shm-size 1m \
		--add-host a:1.2.3.4 --add-host b:::1 <<-'END'
		FROM alpine:latest
		COPY probe /
		RUN ["/probe", "short"]
	END
}

@test "no network" {
	need_probe
	same_facts --network none <<-'END'
		FROM alpine:latest
		COPY probe /
		RUN ["/probe", "short"]
	END
}

@test "an image whose /etc, /dev and /proc are odd" {
	need_probe
	same_facts <<-'END'
		FROM alpine:latest
		COPY probe /
		RUN mkdir /real && mv /etc/* /real; chmod 2750 /etc; ln -s ../run/resolv /etc/resolv.d; mkdir /dev2
		RUN ["/probe", "short"]
	END
}

@test "a RUN sees what those before it did where the init layer lies" {
	same_facts <<-'END'
		FROM alpine:latest
		RUN mkdir /beside
		RUN chmod 2711 /etc; touch /etc/own; mkdir -m 700 /srv
		RUN rm /etc/own; chmod 751 /etc; mkdir -m 1777 /proc2
		RUN mv /srv /srv2
		RUN echo begin; find / -xdev ! -path '/dev/shm*' -exec busybox stat -c '%n %f %u %g' {} + | sort; echo end
	END
}

# The same files in the layer of the last step, and the same attributes.
same_layers() {
	cat >context/Dockerfile
	dock_build "$D" --no-cache -q -t x:1 context
	"$VARVE" build --no-cache -q -t x:1 context
	dock "$D" save x:1 | python3 "$BATS_TEST_DIRNAME/layers.py" >docker.txt
	"$VARVE" save x:1 | python3 "$BATS_TEST_DIRNAME/layers.py" >varve.txt
	diff -u docker.txt varve.txt
}

@test "what a RUN leaves in its layer" {
	same_layers <<-'END'
		FROM alpine:latest
		RUN true
		RUN echo x >/etc/hosts; echo y >/dev/shm/y; touch /x; rm /x
		RUN touch /etc/new /dev/new /.dockerenv
		RUN rm -r /home && mkdir /home && touch /home/a
		RUN rm /bin/vi; mv /var /var2; ln /bin/busybox /bin/again; mkfifo /fifo; mknod /null c 1 3
		RUN mkdir -p /a/b/c && chmod 2750 /a/b && chown 5:6 /a/b/c && ln -s /a /l
		WORKDIR /l/into/dir
		VOLUME /v1 /l/v2
		RUN touch here /v1/lost
		RUN chmod 755 /tmp
		RUN mkdir /m && touch /m/f
		RUN mv /m /moved
	END
}

# The last line that is an error, from both.
same_error() {
	cat >context/Dockerfile
	run dock_build "$D" --no-cache "$@" context
	docker_status=$status
	tail -n 1 <<<"$output" | mask >docker.txt
	run "$VARVE" build --no-cache "$@" context
	[ "$status" -eq "$docker_status" ]
	tail -n 1 <<<"$output" | mask >varve.txt
	diff -u docker.txt varve.txt
}

@test "errors are told in the same words, with the same status" {
	same_error <<<$'FROM alpine:latest\nRUN ["nosuch"]'
	same_error <<<$'FROM alpine:latest\nRUN ["/nosuch"]'
	same_error <<<$'FROM alpine:latest\nRUN ["/etc/passwd"]'
	same_error <<<$'FROM alpine:latest\nRUN ["/etc"]'
	same_error <<<$'FROM alpine:latest\nRUN []'
	same_error <<<$'FROM alpine:latest\nENV PATH=\nRUN ["sh"]'
	same_error <<<$'FROM alpine:latest\nENV PATH=.:/\nWORKDIR /bin\nRUN ["sh"]'
	same_error <<<$'FROM alpine:latest\nSHELL ["/bin/nosh","-c"]\nRUN echo'
	same_error <<<$'FROM alpine:latest\nUSER who\nRUN id'
	same_error <<<$'FROM alpine:latest\nUSER root:who\nRUN id'
	same_error <<<$'FROM alpine:latest\nUSER 99999999999\nRUN id'
	same_error <<<$'FROM alpine:latest\nWORKDIR /f\nRUN rmdir /f; touch /f\nRUN id'
	same_error <<<$'FROM alpine:latest\nRUN exit 255'
	same_error <<<$'FROM alpine:latest\nRUN ["sh","-c","sh -c \'kill -9 $$\'; exit $?"]'
	same_error --memory 5m <<<$'FROM alpine:latest\nRUN id'
	same_error --memory-swap 10m <<<$'FROM alpine:latest\nRUN id'
	same_error --cpu-quota 10 <<<$'FROM alpine:latest\nRUN id'
	same_error --cpu-period 10 <<<$'FROM alpine:latest\nRUN id'
	same_error --cpu-shares 1 <<<$'FROM alpine:latest\nRUN id'
	same_error --cpuset-cpus x <<<$'FROM alpine:latest\nRUN id'
	same_error --cpuset-cpus 7777 <<<$'FROM alpine:latest\nRUN id'
	same_error --cpuset-mems 777 <<<$'FROM alpine:latest\nRUN id'
}
