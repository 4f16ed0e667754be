# Every rule of COPY and ADD (classic-builder.md 7): the layers that varve
# writes, entry by entry, beside those of dockerd.

load common

setup_file() { need_dockerd; }

setup() {
	fresh
	with_base
	d=$BATS_TEST_TMPDIR/d
	rm -rf context
	umask 022
}

teardown() { load common; stop_dockerd "$BATS_TEST_TMPDIR/d"; }

sources() {
	mkdir -p context/e/hi context/e/bin context/f context/g/tmp context/w
	cd context
	echo 1 >e/hi/in
	echo sh >e/bin/newtool
	chmod 711 e/bin
	echo F >f/old
	echo t >g/tmp/t
	chmod 2770 g/tmp
	echo u >g/su
	chmod 6755 g/su
	echo u >g/sg
	chmod 2644 g/sg
	mkfifo g/fifo
	ln g/su g/zlink
	: >w/.wh.hi
	echo A >'name with spaces'
	mkdir -p src/lib2/deep src/bin2 src/etc
	echo x >src/lib2/deep/x
	ln src/lib2/deep/x src/hard
	echo y >src/lib2/y
	ln -s lib2 src/sl
	chmod 700 src/etc
	echo z >src/etc/z
	find src -exec touch -h -d @1012615322.25 {} +
	tar -C src -cf t.tar .
	tar -C src -cf t2.tar lib2/deep/x etc/z
	: >src/.wh.usr
	tar -C src -czf t3.tar.gz lib2 .wh.usr
	rm -rf src
	head -c 3000000 /dev/zero >big
	find . -exec touch -h -d @1012615322.75 {} +
	cd ..
}

both() { # Dockerfile on standard input
	cat >context/Dockerfile
	touch -d @1012615322 context/Dockerfile
	start_dockerd "$d"
	dock "$d" import - alpine:latest <"$(base_tar)"
	dock_build "$d" -q -t x:1 context
	"$VARVE" build -q -t x:1 context
	dock "$d" save x:1 | python3 "$BATS_TEST_DIRNAME/layers.py" >docker.txt
	"$VARVE" save x:1 | python3 "$BATS_TEST_DIRNAME/layers.py" >varve.txt
	diff -u docker.txt varve.txt
	oracles "$VARVE_ROOT"
}

@test "directories, files, owners, links, replaced things: the same entries" {
	sources
	both <<-'END'
		FROM alpine:latest
		RUN mkdir -p /usr/lib2 /opt && ln -s usr/lib2 /lib2 && ln -s /opt /o && echo f > /hi && mkdir -p -m 700 /sec && echo q > /opt/q && mkdir -p /old/er && echo bob:x:1000:1000::/:/bin/sh >> /etc/passwd && echo bob:x:1000: >> /etc/group
		COPY e /
		COPY f /
		COPY g /
		COPY g /tmp
		COPY g/su /bin/
		COPY g/su /fresh/dir/name
		COPY --chown=bob g /owned/a/b
		COPY --chown=bob:0 g /opt
		COPY --chown=5:6 g/su /n1/n2/
		COPY e /o/
		COPY e f/old g /o/multi/
		COPY --from=alpine:latest /bin /x
		COPY w /
		COPY big /
		WORKDIR /sec/w/d
		COPY e/hi/in .
		COPY e/hi/in newname
		ENV Q=1
	END
}

@test "archives: the same entries" {
	sources
	both <<-'END'
		FROM alpine:latest
		RUN mkdir -p /usr/lib2 /opt && ln -s usr/lib2 /lib2 && ln -s /opt /o
		ADD t.tar /
		ADD t2.tar /ax/
		ADD t2.tar /
		ADD t3.tar.gz /o
		ADD t.tar f/old g /mix/
		ADD f/old /plain
	END
}

@test "a hard link in an archive sets owner, mode and time of the file it names" {
	mkdir context
	python3 - <<-'END'
		import io, tarfile
		with tarfile.open("context/links.tar", "w") as tar:
		    def put(name, kind, mode, uid, mtime, link="", data=b"", cap=None):
		        info = tarfile.TarInfo(name)
		        info.type, info.mode, info.uid, info.gid = kind, mode, uid, uid + 1
		        info.mtime, info.linkname, info.size = mtime, link, len(data)
		        if cap:
		            info.pax_headers = {"SCHILY.xattr.security.capability": cap}
		        tar.addfile(info, io.BytesIO(data))
		    put("d/f", tarfile.REGTYPE, 0o4755, 7, 1100000000, data=b"x")
		    put("d/h", tarfile.LNKTYPE, 0o600, 9, 1200000000, link="d/f")
		    put("d/again", tarfile.LNKTYPE, 0o2711, 3, 1300000000, link="d/h")
		    put("d/s", tarfile.SYMTYPE, 0o777, 1, 1100000000, link="f")
		    put("d/other", tarfile.REGTYPE, 0o644, 0, 1100000000, data=b"y")
		    put("d/last", tarfile.LNKTYPE, 0o644, 0, 1150000000, link="d/other")
		    put("d/other", tarfile.REGTYPE, 0o640, 2, 1160000000, data=b"new")
	END
	both <<-'END'
		FROM alpine:latest
		ADD links.tar /
		ADD links.tar /x/
	END
}

@test "what is copied to the root has the same diff IDs" {
	sources
	both <<-'END'
		FROM scratch
		COPY e /
		COPY g /
		COPY big f/old /
		COPY . /
	END
	dock "$d" inspect -f '{{json .RootFS.Layers}}' x:1 >docker.json
	"$VARVE" inspect x:1 | jq -c '.[0].RootFS.Layers' | diff docker.json -
}

@test "what follows a packed archive is damage, in docker's words" {
	start_dockerd "$d"
	dock "$d" import - alpine:latest <"$(base_tar)"
	mkdir context
	echo f >context/f
	tar -C context -cf t.tar f
	for pack in gzip bzip2 xz; do
		for tail in 'tail after the end' t BZ BZh BZh9 '' again; do
			$pack -c t.tar >context/t
			[ "$tail" = again ] && $pack -c t.tar >>context/t || printf %s "$tail" >>context/t
			[ -n "$tail" ] || head -c 600 /dev/zero >>context/t
			printf 'FROM alpine\nADD t /w/\n' >context/Dockerfile
			dock_build "$d" --no-cache context 2>docker.err >docker.out || :
			"$VARVE" build --no-cache context 2>err >out || :
			echo "$pack '$tail': $(cat docker.err)"
			diff docker.err err
		done
	done
}

# build_both CONTEXT: docker and varve say the same, but for IDs.
build_both() {
	dock_build "$d" --no-cache "$1" 2>docker.err >docker.out || :
	"$VARVE" build --no-cache "$1" 2>err >out || :
	cat docker.out docker.err
	diff docker.err err
	diff <(mask <docker.out) <(mask <out)
}

@test "a packed archive that is cut short: unpacked, copied or refused, as docker does" {
	start_dockerd "$d"
	dock "$d" import - alpine:latest <"$(base_tar)"
	mkdir context
	python3 -c 'import random, sys; sys.stdout.buffer.write(random.Random(1).randbytes(5000))' >f
	tar --mtime=@1000000000 -cf t.tar f
	for pack in gzip bzip2 xz; do
		for cut in 1 3 4 8 9 11 100 4000; do
			$pack -c <t.tar | head -c "-$cut" >context/t
			printf 'FROM alpine\nADD t /w/\nRUN ls -ln /w | sed "s/ [A-Z][a-z][a-z] .* / /"\n' >context/Dockerfile
			echo "$pack, $cut bytes cut"
			build_both context
		done
	done
}

# Go's reader takes bits that are missing for zeros until a block ends, so a
# few of these are archives, whose whole block is read before the error.
@test "bzip2 cut within the last bits of a block: what docker makes of it" {
	start_dockerd "$d"
	dock "$d" import - alpine:latest <"$(base_tar)"
	mkdir context
	printf 'FROM alpine\nADD t /w/\n' >context/Dockerfile
	python3 "$top_srcdir/tests/interop/bzip2_cut.py" cut
	for file in cut/*; do
		cp "$file" context/t
		echo "$file"
		build_both context
		cat err >>errors
	done
	grep -q 'file(unexpected EOF): $' errors
	grep -q 'file(exit status 1): unexpected EOF$' errors
}

@test "a packed archive whose archive ends early: what came before counts, or not" {
	start_dockerd "$d"
	dock "$d" import - alpine:latest <"$(base_tar)"
	mkdir context
	echo f >f
	tar --format=pax --mtime=@1000000000.5 -cf t.tar f f
	for pack in gzip bzip2 xz; do
		for bytes in 512 700 1024 1536 2048 2051 2560; do
			for cut in 0 4; do
				head -c $bytes t.tar | $pack -c | head -c "-$cut" >context/t
				printf 'FROM alpine\nADD t /w/\nRUN ls /w\n' >context/Dockerfile
				echo "$pack, $bytes bytes, $cut bytes cut"
				build_both context
			done
		done
	done
}

@test "a working directory that the init layer has makes no layer" {
	sources
	both <<-'END'
		FROM scratch
		COPY e /
		WORKDIR /etc
		WORKDIR /dev/shm
		WORKDIR /proc
		WORKDIR /etc/sub
		WORKDIR /dev
	END
}

@test "a file in the way of a destination gives docker's words" {
	start_dockerd "$d"
	dock "$d" import - alpine:latest <"$(base_tar)"
	mkdir context
	echo f >context/f
	tar -C context -cf context/t.tar f
	for line in 'ADD t.tar /c' 'ADD t.tar /c/' 'ADD t.tar /c/d/e' \
		 'COPY f /c/' 'COPY --from=alpine /etc/group /c/' 'COPY . /c' \
		'COPY f /c/d/e' 'COPY --from=alpine --chown=1 /etc/group /c/' \
		'COPY --from=alpine /etc /c'; do
		printf 'FROM alpine\nCOPY f /c\n%s\n' "$line" >context/Dockerfile
		run dock_build "$d" context
		[ "$status" -eq 1 ]
		want=$(tail -n 1 <<<"$output" | sed -E 's#/[^ ]*/merged/#/#g; s/(pivot_root)[0-9]+/\1/')
		run "$VARVE" build context
		echo "$line: docker '$want' varve '${output##*$'\n'}'"
		[ "$status" -eq 1 ]
		[ "${output##*$'\n'}" = "$want" ]
	done
}

# save_both TAGS…: what docker saves, and what varve saves of that.
save_both() {
	dock_build "$d" -q "${@/#/-t}" context
	dock "$d" save x >docker.tar
	VARVE_ROOT=$PWD/second "$VARVE" load -i docker.tar
	VARVE_ROOT=$PWD/second "$VARVE" save -o varve.tar x
}

@test "varve save writes docker save's bytes" {
	sources
	printf '%s\n' 'FROM alpine:latest' 'MAINTAINER me <me@x>' 'COPY e /' 'COPY f /' \
		'CMD ["a", "<b>"]' >context/Dockerfile
	start_dockerd "$d"
	dock "$d" import - alpine:latest <"$(base_tar)"
	save_both x:1 x:2 foo.com/y/z:q
	cmp docker.tar varve.tar
	VARVE_ROOT=$PWD/second "$VARVE" save x | cmp docker.tar -
	# A layer that is there twice is a link; docker leaves it the time at
	# which it was saved.
	printf '%s\n' 'FROM alpine:latest' 'COPY e /' 'COPY e /' >context/Dockerfile
	save_both x:1 x:2
	list() { tar tvf "$1" | awk '{ $4 = $5 = ""; print }'; }
	diff <(list docker.tar) <(list varve.tar)
	diff <(tar xOf docker.tar | sha256sum) <(tar xOf varve.tar | sha256sum)
}

@test "all images saved together bring their parents, and the build hits" {
	sources
	cat >context/Dockerfile <<-'END'
		FROM alpine:latest
		LABEL a=b
		COPY e /x/
		CMD ["x"]
	END
	start_dockerd "$d"
	dock "$d" import - alpine:latest <"$(base_tar)"
	dock_build "$d" -q -t x:1 context
	dock "$d" save alpine:latest x:1 $(dock "$d" images -aq --no-trunc) >all.tar
	export VARVE_ROOT=$PWD/second
	gzip all.tar
	"$VARVE" load -i all.tar.gz
	"$VARVE" plan --format json context | verdicts | grep -x 'hit hit hit hit'
}

@test "import says and writes what docker import does" {
	start_dockerd "$d"
	changes=(-c 'ENV A=1 B="x y" C=$A' -c 'CMD ["a","b"]' -c 'ENTRYPOINT x y'
		-c 'EXPOSE 80' -c 'WORKDIR /w' -c 'WORKDIR b' -c 'VOLUME /v'
		-c 'LABEL a=b' -c 'USER bob' -c 'HEALTHCHECK CMD foo'
		-c 'ONBUILD RUN x' -m 'my <msg>')
	config() { tar xO "$(tar xO manifest.json <"$1" | jq -r '.[0].Config')" <"$1" |
		sed -E 's/"(created)":"[^"]*"/"\1":""/g; s/\+dfsg1//'; }
	dock "$d" import "${changes[@]}" - i:1 <"$(base_tar)"
	dock "$d" save i:1 >docker.tar
	"$VARVE" import "${changes[@]}" - i:1 <"$(base_tar)"
	"$VARVE" save i:1 >varve.tar
	config docker.tar >docker.json
	config varve.tar | diff docker.json -
	for change in 'RUN x' 'ENV' 'ENV A' 'EXPOSE foo' 'SHELL ["a"]' 'FOO a' ''; do
		! dock "$d" import -c "$change" - i:2 <"$(base_tar)" 2>docker.err
		! "$VARVE" import -c "$change" - i:2 <"$(base_tar)" 2>varve.err
		diff <(sed 's/^Error response from daemon: //' docker.err) \
			<(sed 's/^Error response from daemon: //; s/^varve: //' varve.err)
	done
}
