# Builds in a running dockerd, asked for by a user who is in the group of its
# socket: what varve prints and leaves is what docker's client does.

load daemon_user

setup_file() {
	load daemon_user
	start_group_dockerd
}

teardown_file() { load common; stop_dockerd "$BATS_FILE_TMPDIR/d"; }

setup() {
	enter_as_user
	mkdir own && chown nobody own
}

# IDs of images and containers are each build's own.
# How much docker's client counts, when it weaves a Dockerfile from elsewhere
# into the context, is a race of its own.
masked() {
	sed -E 's/(---> (Running in )?|container |built |sha256:)[0-9a-f]{12,64}/\1ID/
		'"${WOVEN:+s/(Docker daemon  )[0-9.]+k?B/\1BYTES/}" "$1"
}

varve_build() { user "$VARVE" build --root docker-daemon: --network host "$@"; }

# The same words for both: output, errors and status agree, but for IDs.
same() { # build's words
	local a=0 b=0
	dock_build "$D" "$@" >docker.out 2>docker.err <"${INPUT:-/dev/null}" || a=$?
	varve_build "$@" >varve.out 2>varve.err <"${INPUT:-/dev/null}" || b=$?
	masked docker.out >docker.masked && masked varve.out >varve.masked
	masked docker.err >docker.err.masked && masked varve.err >varve.err.masked
	diff docker.masked varve.masked && diff docker.err.masked varve.err.masked && [ "$a" = "$b" ]
}

@test "the lines are those of docker's client; built again all is cached, by the same IDs" {
	cat >context/Dockerfile <<-'END'
		ARG base=alpine:latest
		FROM $base AS first
		ARG word
		LABEL by="x <y>"
		RUN echo $word; printf 'no end'
		RUN echo to stderr >&2
		FROM alpine:latest
		COPY ./second.txt .
		COPY --from=first /etc /e
		RUN echo ' ---> Using cache'; echo 'Step 1/9 : RUN no'
		CMD ["echo", "fourth"]
	END
	same --no-cache --build-arg word=hello --build-arg none=1 -t lines context
	same --no-cache --build-arg word=hello --label b=2 --label a=1 -t lines -t lines:2 context
	varve_build --build-arg word=hello -t lines context >one.out
	dock_build "$D" --build-arg word=hello -t lines context >two.out
	cmp one.out two.out
	[ "$(grep -c 'Using cache' one.out)" -eq 9 ]
}

@test "the tutorial's example: what docker built is varve's cache there, and the other way" {
	dock_build "$D" -t both context >/dev/null
	varve_build -t both:2 context >varve.out
	[ "$(grep -c 'Using cache' varve.out)" -eq 4 ]
	echo RUN echo more >>context/Dockerfile
	varve_build -t both:3 context >/dev/null
	dock_build "$D" -t both:4 context >docker.out
	[ "$(grep -c 'Using cache' docker.out)" -eq 5 ]
	[ "$(dock "$D" image inspect -f '{{.Id}}' both:3)" = "$(dock "$D" image inspect -f '{{.Id}}' both:4)" ]
}

@test "ONBUILD, scratch, --rm=false and --force-rm print the same" {
	printf 'FROM alpine:latest\nONBUILD RUN echo one\nONBUILD LABEL two=2\n' >context/Dockerfile
	same --no-cache -t triggers:2 context
	printf 'FROM alpine:latest\nONBUILD RUN echo one\n' >context/Dockerfile
	same --no-cache -t triggers:1 context
	printf 'FROM triggers:2\nRUN echo after\n' >context/Dockerfile
	same --no-cache context
	same --no-cache --rm=false context
	printf 'FROM triggers:1\nFROM scratch\nCOPY second.txt /\n' >context/Dockerfile
	same --no-cache context
	printf 'FROM alpine:latest\nRUN echo before; exit 7\n' >context/Dockerfile
	same --force-rm context
	same --rm=false --force-rm context
}

@test "what fails fails in the daemon's words, with its status" {
	printf 'FROM alpine:latest\nRUN exit 3\n' >context/Dockerfile
	same context
	[ "$(grep -c 'returned a non-zero code: 3' varve.err)" -eq 1 ]
	printf 'FROM alpine:latest\nCOPY nothing /\n' >context/Dockerfile
	same context
	printf 'FROM alpine:latest\nNOSUCH x\n' >context/Dockerfile
	same context
	grep -q '^Error response from daemon: dockerfile parse error' varve.err
	printf 'FROM alpine:latest\n' >context/Dockerfile
	same --target nowhere context
	same --security-opt seccomp=unconfined context
	same -f context/missing context
	same nowhere
}

@test "-q and --iidfile: the ID alone, and in a file; of a failure all is shown" {
	same -q context
	[[ $(cat varve.out) =~ ^sha256:[0-9a-f]{64}$ ]]
	cmp docker.out varve.out
	varve_build --iidfile own/id -t iid context >/dev/null
	[ "$(cat own/id)" = "$(dock "$D" image inspect -f '{{.Id}}' iid)" ]
	printf 'FROM alpine:latest\nRUN echo seen; exit 4\n' >context/Dockerfile
	same -q context
	grep -q seen varve.err
	run varve_build -q --iidfile own/id context
	[ "$status" -eq 4 ]
	[ ! -e own/id ]
}

@test "a Dockerfile on stdin, outside the context, below it; a tar on stdin, plain and compressed" {
	printf 'FROM alpine:latest\nRUN echo alone\n' >alone
	INPUT=alone same --no-cache -
	printf 'FROM alpine:latest\nCOPY . /all\nRUN ls -A /all\n' >outside
	WOVEN=1 same -f outside --no-cache context
	! grep -q '\.dockerfile' varve.out
	WOVEN=1 INPUT=outside same --no-cache -f - context
	printf '*.txt\nDockerfile\n' >context/.dockerignore
	WOVEN=1 same -f outside --no-cache context
	grep -q '^\.dockerignore$' varve.out
	mkdir context/sub && cp outside context/sub/D && chmod -R a+rX context
	same -f context/sub/D --no-cache context
	tar -C context -cf plain.tar . && gzip -k plain.tar
	INPUT=plain.tar same --no-cache -f sub/D -
	INPUT=plain.tar.gz same --no-cache -f sub/D -
	INPUT=plain.tar same --no-cache -
}

@test "odd files arrive as docker's client sends them" {
	cd context
	printf 'FROM alpine:latest\nCOPY . /all\n' >Dockerfile
	mkdir -p deep/er empty "$(printf 'd%.0s' $(seq 90))" && echo x >deep/er/file && ln -s ../file deep/er/link && ln deep/er/file deep/hard
	echo long >"$(printf 'd%.0s' $(seq 90))/$(printf 'f%.0s' $(seq 100))"
	mkfifo pipe; chmod 4755 second.txt; touch -d '1969-12-31' third.txt; : >nothing; echo ü >größe
	head -c 3000000 /dev/zero >big
	printf 'deep/er/link\n!nothing\nbig\n' >.dockerignore
	chmod -R a+rX . && cd ..
	same --no-cache context
	dock_build "$D" -q context >docker.out
	varve_build -q context >varve.out
	cmp docker.out varve.out
}

@test "what only varve knows is refused by name, and nothing is sent" {
	for flag in --strict --no-cache-from=2 --runtime=crun --cache-to=type=registry,ref=r:1/a --cache-from=type=registry,ref=r:1/a; do
		run varve_build $flag context
		[ "$status" -eq 1 ]
		[[ $output == *"${flag%%=*}"*"is varve's own: a docker daemon cannot be asked for it" ]]
	done
	run varve_build --root docker-daemon:name context
	[ "$status" -eq 2 ]
}

@test "what a daemon is asked for can be planned, and what only a plan knows, too" {
	printf 'FROM alpine\nRUN echo planned\n' >context/Dockerfile
	varve_build --network host --add-host h:host-gateway -q context
	for words in '--network bridge' '--strict' '--no-cache-from 2'; do
		run user "$VARVE" plan --root docker-daemon: $words context
		echo "# $words: $output"
		[ "$status" -eq 0 ]
		[[ $output == *"RUN echo planned"* ]]
	done
}

@test "events are those of a build of our own: whole IDs, steps, the end" {
	command -v python3 >/dev/null || skip "python3 is missing"
	printf 'FROM alpine:latest\nRUN echo one\nLABEL a=b\n' >context/Dockerfile
	varve_build --no-cache --progress=json -t events context >events
	python3 - events <<-'END'
		import json, sys
		e = [json.loads(line) for line in open(sys.argv[1])]
		names = [x["event"] for x in e]
		assert names == ["context", "step", "image", "step", "running", "log", "removed", "image", "done", "step", "running", "removed", "image", "done", "stage", "built", "tagged"], names
		assert all(len(x["image"]) == 71 for x in e if x["event"] in ("image", "built", "stage"))
	END
}

@test "SIGINT ends the build there, too" {
	printf 'FROM alpine:latest\nRUN echo begun; sleep 1000\n' >context/Dockerfile
	DOCKER_HOST=unix://$D/sock env --default-signal=INT "$VARVE" build --root docker-daemon: --network host --no-cache context >long.out 2>long.err 3>&- &
	pid=$!
	for i in $(seq 300); do grep -q ^begun long.out && break; read -rt 0.1 <> <(:) || :; done
	[ "$(dock "$D" ps -q | wc -l)" -eq 1 ]
	kill -INT $pid
	status=0; wait $pid || status=$?
	[ "$status" -eq 130 ]
	for i in $(seq 300); do [ -z "$(dock "$D" ps -q)" ] && break; read -rt 0.1 <> <(:) || :; done
	[ -z "$(dock "$D" ps -q)" ]
}

@test "the screen builds there when it was asked, once, and sees what came and went" {
	dock_build "$D" -q -t seen context >/dev/null
	echo RUN echo shown >>context/Dockerfile
	cat >script <<-END
		wait plan
		save before
		key b
		save asked
		key n
		save refused
		sh DOCKER_HOST=unix://$D/sock /usr/bin/docker tag seen came:1 && touch $PWD/own/tagged
		key r
		wait plan
		wait idle
		save came
		sh DOCKER_HOST=unix://$D/sock /usr/bin/docker rmi came:1 >$PWD/own/gone
		key r
		wait plan
		wait idle
		save gone
		key b
		key y
		wait build
		save log
		wait plan
		wait idle
		save built
		key Shift-Tab
		keys I/screen:latest
		key Enter
		save kept
		key Tab
		key w
		key b
		wait build
		save again
		quit
	END
	chmod a+r script
	user "$VARVE" tui --headless --size 100x30 --script script --save-dir own --root docker-daemon: --network host -t screen context
	grep -q 'build in the docker daemon? y builds' own/asked
	! grep -q 'build in the docker daemon' own/refused
	! grep -q came own/before && grep -q came:1 own/came && ! grep -q came:1 own/gone
	# Its containers are not repeated here.
	grep -q 'by its name, and by containers that the daemon knows' own/kept
	grep -q shown own/log && grep -q built own/log
	grep -q '6 hit' own/built && grep -q screen:latest own/built
	! grep -q 'build in the docker daemon' own/again
	[ -n "$(dock "$D" images -q screen)" ]
}

@test "a context that was cut in its middle is never taken for a whole one" {
	command -v python3 >/dev/null || skip "python3 is missing"
	head -c 3000000 /dev/urandom >context/large
	python3 "$top_srcdir/tests/interop/daemon_faults.py" "$PWD/drops" drops 3>&- &
	pid=$!
	for i in $(seq 100); do [ -S drops ] && break; read -rt 0.1 <> <(:) || :; done
	DOCKER_HOST=unix://$PWD/drops run "$VARVE" build --root docker-daemon: context
	kill $pid
	[ "$status" -eq 1 ]
}

@test "a build is asked for as docker's client asks: parameters and credentials" {
	command -v python3 >/dev/null || skip "python3 is missing"
	command -v docker >/dev/null || skip "docker is missing"
	mkdir config bin
	cat >bin/docker-credential-kept <<-'END'
		#!/bin/sh
		case $1 in
		list) echo '{"kept.test":"user"}' ;;
		get) read -r host; [ "$host" = kept.test ] || { echo 'credentials not found in native keychain'; exit 1; }
			echo '{"ServerURL":"kept.test","Username":"user","Secret":"word"}' ;;
		esac
	END
	chmod +x bin/docker-credential-kept
	export PATH=$PWD/bin:$PATH DOCKER_CONFIG=$PWD/config DOCKER_HOST=unix://$PWD/fake DOCKER_BUILDKIT=0
	python3 "$top_srcdir/tests/interop/build_request.py" fake asked 3>&- &
	pid=$!
	for i in $(seq 100); do [ -S fake ] && break; read -rt 0.1 <> <(:) || :; done
	bad=0
	while IFS='|' read -r config words; do
		echo "$config" >config/config.json
		/usr/bin/docker build $words context >/dev/null || bad=1
		mv asked docker.asked
		"$VARVE" build --root docker-daemon: $words context >/dev/null || bad=1
		diff docker.asked asked || bad=1
	done <<-'END'
		{}|
		{"auths":{"a.test":{"auth":"dTpw"},"https://index.docker.io/v1/":{"auth":"dTpw","identitytoken":"t"}}}|-t a -t b:2 --build-arg x=1 --build-arg HOME --build-arg x=2 --label l=1 --label e
		{"credHelpers":{"kept.test":"kept"},"auths":{"a.test":{"auth":"dTo="}}}|--no-cache --pull --rm=false --force-rm --target t --platform linux/arm64 --network none --cache-from a,b
		{"credsStore":"kept"}|-m 64m --memory-swap -1 --shm-size 1g -c 5 --cpu-period 1000 --cpu-quota 2000 --cpuset-cpus 0 --cpuset-mems 0 --ulimit nofile=5:6 --ulimit core=7 --add-host a:1.2.3.4 --add-host b:host-gateway --cgroup-parent /x --security-opt y --isolation default
	END
	kill $pid
	[ "$bad" -eq 0 ]
}
