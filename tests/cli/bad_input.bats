# Bad input gets a clear message and an exit status, and nothing is lost.

bats_require_minimum_version 1.5.0
load common

setup() { fresh; with_base; }

refuses() { # words of the message, then the command
	local words=$1
	shift
	run "$@"
	echo "status $status: $output"
	[ "$status" -ne 0 ] && [ "$status" -lt 126 ]
	[[ $output == *"$words"* ]]
}

whole() { "$VARVE" fsck --layers; }

@test "a missing Dockerfile" {
	rm context/Dockerfile
	refuses "unable to evaluate symlinks in Dockerfile path: lstat $PWD/context/Dockerfile: no such file or directory" \
		"$VARVE" build context
	refuses "Dockerfile" "$VARVE" plan context
}

@test "a missing context" {
	refuses 'unable to prepare context: path "nowhere" not found' "$VARVE" build nowhere
	refuses 'context must be a directory' "$VARVE" build context/Dockerfile
}

@test "an unreadable Dockerfile" {
	[ "$(id -u)" -eq 0 ] || skip "needs root to drop rights"
	chmod 0000 context/Dockerfile
	chmod 0755 "$PWD" context
	refuses "ermission denied" setpriv --reuid=65534 --regid=65534 --clear-groups \
		env HOME=/nonexistent "$VARVE" plan --root "$PWD/store2" context
}

@test "syntax errors name line and reason" {
	printf 'FROM alpine\nRUNN x\n' >context/Dockerfile
	refuses 'dockerfile parse error line 2: unknown instruction: RUNN' "$VARVE" build context
	refuses 'line 2' "$VARVE" plan context
	: >context/Dockerfile
	refuses 'the Dockerfile (Dockerfile) cannot be empty' "$VARVE" build context
}

@test "a missing COPY source and a path outside the context" {
	printf 'FROM alpine\nCOPY nope /\n' >context/Dockerfile
	refuses 'COPY failed: file not found in build context or excluded by .dockerignore: stat nope: file does not exist' \
		"$VARVE" build context
	printf 'FROM alpine\nCOPY ../x /\n' >context/Dockerfile
	refuses 'COPY failed: forbidden path outside the build context: ../x ()' "$VARVE" build context
	whole
}

@test "an unknown base image" {
	printf 'FROM unheard-of:1\nRUN true\n' >context/Dockerfile
	refuses 'unheard-of:1' "$VARVE" build context
	refuses 'unheard-of:1' "$VARVE" plan context
}

@test "a failing RUN gives its status and leaves the finished steps" {
	printf 'FROM alpine\nRUN echo kept >/kept\nRUN exit 37\n' >context/Dockerfile
	run "$VARVE" build context
	[ "$status" -eq 37 ]
	[[ $output == *"The command '/bin/sh -c exit 37' returned a non-zero code: 37"* ]]
	[ "$("$VARVE" plan --format json context | verdicts)" = "hit hit miss" ]
	[ -z "$(find store/varve/drafts -type f 2>/dev/null)" ]
	whole
}

@test "a store that varve did not make is read and never written" {
	mkdir -p foreign/image/overlay2
	echo '{"Repositories":{}}' >foreign/image/overlay2/repositories.json
	before=$(find foreign -printf '%p %T@\n' | sort)
	refuses 'not' "$VARVE" build --root foreign context
	refuses 'not' "$VARVE" import --root foreign "$(base_tar)" x
	"$VARVE" images --root foreign
	[ "$(find foreign -printf '%p %T@\n' | sort)" = "$before" ]
}

@test "a second writer is turned away while the first works" {
	printf 'FROM alpine\nRUN read line </pipe/in\n' >context/Dockerfile
	exec 7>store/varve/lock
	flock 7
	refuses 'another varve' "$VARVE" build context 7>&-
	exec 7>&-
	whole
}

@test "a read-only root" {
	[ "$(id -u)" -eq 0 ] || skip "needs root to mount"
	mount --bind store store && mount -o remount,ro,bind store store
	run "$VARVE" plan context
	umount store || true
	mount | grep -q " $PWD/store " && umount store
	[ "$status" -eq 0 ]
	mount --bind store store && mount -o remount,ro,bind store store
	run "$VARVE" build context
	umount store
	[ "$status" -eq 1 ]
	[[ $output == *ead-only* ]]
}

@test "a full disk leaves a whole store" {
	[ "$(id -u)" -eq 0 ] || skip "needs root to mount"
	mkdir small
	mount -t tmpfs -o size=6m tmpfs small
	"$VARVE" import --root small/store "$(base_tar)" alpine:latest || { umount small; false; }
	head -c 8000000 /dev/urandom >context/big
	printf 'FROM alpine\nCOPY second.txt /\nCOPY big /\n' >context/Dockerfile
	run "$VARVE" build --root small/store context
	echo "$output"
	rc=$status
	"$VARVE" fsck --layers --root small/store && "$VARVE" images -a --root small/store
	ok=$?
	umount small
	[ "$rc" -eq 1 ]
	[[ $output == *"o space left on device"* ]]
	[ "$ok" -eq 0 ]
}

@test "no terminal and an unknown TERM are told politely" {
	run "$VARVE" ./context </dev/null
	[ "$status" -ne 0 ]
	[[ $output == *terminal* ]]
	command -v script >/dev/null || skip "script(1) is missing"
	run env TERM=no-such-terminal script -qec "'$VARVE' ./context" /dev/null
	[[ $output == *no-such-terminal* ]]
}

@test "a damaged store: what is broken is named, what is whole still works" {
	"$VARVE" build -q -t app context
	top=$("$VARVE" images -q --no-trunc app)
	rm -rf damaged
	cp -a store damaged
	echo x >>"damaged/image/overlay2/imagedb/content/sha256/${top#sha256:}"
	run --separate-stderr "$VARVE" images -a --root damaged
	[ "$status" -eq 0 ]
	[[ $stderr == *"image ${top:7:12} is damaged"* ]]
	[ "$(wc -l <<<"$output")" -eq 5 ]
	refuses "image ${top:7:12} is damaged" "$VARVE" fsck --root damaged
	rm -rf damaged; cp -a store damaged
	echo '{' >damaged/image/overlay2/repositories.json
	refuses repositories.json "$VARVE" images --root damaged
	rm -rf damaged; cp -a store damaged
	for f in damaged/image/overlay2/layerdb/sha256/*/size; do printf '\n' >>"$f"; done
	run "$VARVE" plan --root damaged context
	[ "$status" -le 1 ]
	refuses "" "$VARVE" fsck --root damaged
}

@test "an archive cut short or of the wrong bytes is refused whole" {
	"$VARVE" build -q -t app context
	"$VARVE" save -o app.tar app
	head -c 20000 app.tar >cut.tar
	before=$(find store/image -type f | sort)
	VARVE_ROOT=$PWD/second refuses "" "$VARVE" load -i cut.tar
	head -c 5000 /dev/urandom >noise
	refuses "" "$VARVE" load -i noise
	refuses "" "$VARVE" import noise
	refuses "No such file" "$VARVE" load -i nowhere.tar
	[ "$(find store/image -type f | sort)" = "$before" ]
	VARVE_ROOT=$PWD/second "$VARVE" fsck --layers
}

@test "an archive with paths longer than a disk's is refused at once" {
	command -v python3 >/dev/null || skip "python3 is missing"
	python3 - context <<-'EOF'
	import sys, tarfile
	long = "a/" * 20000 + "f"
	with tarfile.open(sys.argv[1] + "/name.tar", "w", format=tarfile.PAX_FORMAT) as tar:
	    tar.addfile(tarfile.TarInfo(long))
	with tarfile.open(sys.argv[1] + "/link.tar", "w", format=tarfile.PAX_FORMAT) as tar:
	    link = tarfile.TarInfo("l")
	    link.type, link.linkname = tarfile.SYMTYPE, long
	    tar.addfile(link)
	    tar.addfile(tarfile.TarInfo("l/x"))
	EOF
	for archive in name.tar link.tar; do
		printf 'FROM scratch\nADD %s /\n' "$archive" >context/Dockerfile
		run timeout -s KILL 20 "$VARVE" build --root store context
		[ "$status" -eq 1 ]
		[[ $output == *"too long"* ]]
	done
}

@test "labels, hosts and limits that docker's client refuses are refused in its words" {
	refuse() { # TEXT WORDS...
		local text=$1
		shift
		run "$VARVE" build "$@" context
		[ "$status" -eq 2 ]
		[[ $output == *"$text"* ]]
	}
	refuse "invalid label '=x': empty name" --label =x
	refuse "invalid environment variable: =x" --build-arg =x
	refuse 'bad format for add-host: "h"' --add-host h
	refuse 'invalid IP address in add-host: "no"' --add-host h:no
	refuse "invalid ulimit type: bad" --ulimit bad=1
	refuse "invalid ulimit argument: nofile" --ulimit nofile
	refuse "soft limit must be less than or equal to hard limit: 20 > 10" --ulimit nofile=20:10
	refuse "repository name must be lowercase" -t BAD
}

@test "a format that is none is refused by every verb that plans" {
	mkdir -p context
	echo 'FROM alpine' >context/Dockerfile
	for words in 'plan' 'why 1' 'context' 'advise'; do
		run "$VARVE" $words --format yaml context
		[ "$status" -eq 2 ]
		case $words in context) formats='text, json or jsonl' ;; *) formats='text or json' ;; esac
		[[ $output == *"--format is $formats, not 'yaml'"* ]]
	done
}
