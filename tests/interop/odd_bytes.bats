# Instructions that hold a NUL, or that fail while their container is created:
# dockerd's console and ours are the same.

load common

setup_file() {
	need_dockerd
	load common
	start_dockerd "$BATS_FILE_TMPDIR/docker"
	dock "$BATS_FILE_TMPDIR/docker" import - alpine:latest <"$(base_tar)" >/dev/null
}

teardown_file() { load common; stop_dockerd "$BATS_FILE_TMPDIR/docker"; }

setup() { fresh; with_base >/dev/null; }

# The words after FROM alpine, as printf takes them; paths of the daemon masked.
agree() {
	local code=0 mine=0
	printf "FROM alpine\n$1\n" >Dockerfile
	dock_build "$BATS_FILE_TMPDIR/docker" --no-cache - <Dockerfile >docker.out 2>&1 || code=$?
	"$VARVE" build --no-cache - <Dockerfile >varve.out 2>&1 || mine=$?
	[ "$code" = "$mine" ]
	diff <(mask <docker.out | sed 's#/[^ ]*/merged##' | cat -v) <(mask <varve.out | cat -v)
}

@test "a NUL in an instruction is kept, shown and refused where docker does so" {
	for line in 'RUN echo a\0b' 'CMD ["a\0b"]' 'CMD a\0b' 'LABEL a=c\0d' 'COPY f\0 /x' \
		'WORKDIR /a\0b' 'USER a\0b' 'RUN ["echo","a\\u0000b"]' 'ENV A=a\0b\nRUN echo $A' \
		'EXPOSE 80\0' 'CMD ["a\\u0000b"]' 'MAINTAINER a\0b\nVOLUME x' 'ARG A=a\0b\nRUN echo x' \
		'USER a\0b\nRUN id' 'SHELL ["a\\u0000"]' 'STOPSIGNAL \0' 'VOLUME /a\0b' \
		'ONBUILD RUN a\0b' 'HEALTHCHECK CMD a\0'; do
		echo "# $line"
		agree "$line"
	done
}

@test "an image whose configuration holds a NUL is read, shown and hit" {
	printf 'FROM alpine\nENV A=a\0b\nMAINTAINER m\0\n' >Dockerfile
	"$VARVE" build -t nul - <Dockerfile
	run "$VARVE" plan --format json - <Dockerfile
	[ "$(verdicts <<<"$output")" = "hit hit hit" ]
	"$VARVE" inspect nul | grep -F '"A=a\u0000b"'
	"$VARVE" history --format json nul | grep -F 'ENV A=a\u0000b'
	"$VARVE" tree --format json | grep -F 'MAINTAINER m\u0000'
	"$VARVE" tree | grep -F 'm\x'
	"$VARVE" save nul | dock "$BATS_FILE_TMPDIR/docker" load
	[ "$(dock "$BATS_FILE_TMPDIR/docker" inspect -f '{{.ID}}' nul)" = "$("$VARVE" inspect nul | jq -r '.[0].Id')" ]
}

@test "a NUL in the name of a label is refused with its line" {
	printf 'FROM alpine\nLABEL a\0b=c\n' >Dockerfile
	run "$VARVE" build - <Dockerfile
	[ "$status" -eq 1 ]
	[[ $output == *"line 2: a NUL in the name of a label is more than varve can keep"* ]]
}

@test "a step whose container cannot be created never says that it runs" {
	agree 'WORKDIR /etc/passwd'
	agree 'WORKDIR /new/dir'
}

# tar_of NAME TYPE …: a tar of these and of a Dockerfile with $words.
tar_of() {
	words=$words python3 - "$@" <<-'END'
		import io, os, sys, tarfile
		with tarfile.open(fileobj=sys.stdout.buffer, mode="w|") as tar:
		    text = os.environ["words"].encode()
		    info = tarfile.TarInfo("Dockerfile")
		    info.size = len(text)
		    tar.addfile(info, io.BytesIO(text))
		    for name, kind in zip(sys.argv[1::2], sys.argv[2::2]):
		        info = tarfile.TarInfo(name)
		        info.type, info.mode = getattr(tarfile, kind), 0o755
		        tar.addfile(info)
	END
}

# Both build the context: a directory, or a tar on standard input.
agree_on() {
	local code=0 mine=0
	dock_build "$BATS_FILE_TMPDIR/docker" --no-cache "$1" <"${2:-/dev/null}" >docker.out 2>&1 || code=$?
	"$VARVE" build --no-cache "$1" <"${2:-/dev/null}" >varve.out 2>&1 || mine=$?
	diff <(mask <docker.out | sed -E 's#/[^ ]*/(merged|docker-builder[0-9]+)/#/#') <(mask <varve.out)
	[ "$code" = "$mine" ]
}

@test "COPY --from fails at a name that the mounted image lists and denies" {
	local to words
	tar_of up DIRTYPE up/.wh.a REGTYPE up/b REGTYPE >context/odd.tar
	for to in 'COPY --from=s /x /y' 'COPY --from=s /x/up /y' 'COPY --from=s /x/up/b /y' \
		'COPY --from=s /x/up/a /y' 'COPY --from=s /x/up/* /y/' 'COPY --from=s /x/u* /y/'; do
		echo "# $to"
		printf 'FROM alpine AS s\nADD odd.tar /x/\nFROM alpine\n%s\n' "$to" >context/Dockerfile
		agree_on context
	done
}

@test "nobody makes a device 0:0 in a layer, but where none is asked for" {
	local words=$'FROM alpine\nADD odd.tar /x/\n'
	tar_of up DIRTYPE up/a CHRTYPE >context/odd.tar
	printf %s "$words" >context/Dockerfile
	agree_on context
	for words in $'FROM alpine\nCOPY d /x/\n' $'FROM alpine\nCOPY d/a /x/\n' $'FROM alpine\nCOPY d/b /x/\n'; do
		tar_of d/a CHRTYPE d/b REGTYPE >odd.tar
		agree_on - odd.tar
	done
}

@test "an archive that is cut short fails where its bytes end, or is a file" {
	local d=$BATS_FILE_TMPDIR/docker length code mine
	python3 - <<-'END'
		import gzip, io, lzma, os, tarfile
		out = io.BytesIO()
		with tarfile.open(fileobj=out, mode="w") as tar:
		    for i in range(40):
		        info = tarfile.TarInfo("f%d" % i)
		        info.size = 700
		        tar.addfile(info, io.BytesIO(os.urandom(700)))
		open("whole.xz", "wb").write(lzma.compress(out.getvalue()))
		open("whole.gz", "wb").write(gzip.compress(out.getvalue()))
	END
	rm -f context/*
	printf 'FROM alpine\nADD a.txz /x/\n' >context/Dockerfile
	for how in xz gz; do
		for length in 20 70 300 900 5000 -30 -9 -3 -1; do
			head -c "$length" whole.$how >context/a.txz
			code=0 mine=0
			dock_build "$d" --no-cache context >docker.out 2>&1 || code=$?
			"$VARVE" build --no-cache context >varve.out 2>&1 || mine=$?
			echo "# $how $length: $code $mine"
			[ "$code" = "$mine" ]
			diff <(mask <docker.out) <(mask <varve.out)
		done
	done
}
