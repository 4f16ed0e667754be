#!/usr/bin/env bats
# What pull and push say, beside the docker client with a real dockerd.

load common
load registry

setup_file() {
	need_registry
	need_dockerd
	start_registry "$file_registry"
	make_image
	start_dockerd "$BATS_FILE_TMPDIR/dockerd"
	dock "$BATS_FILE_TMPDIR/dockerd" load -q -i "$BATS_FILE_TMPDIR/app.tar" >/dev/null
}
teardown_file() {
	[ ! -s "$BATS_FILE_TMPDIR/dockerd/shell-pid" ] || stop_dockerd "$BATS_FILE_TMPDIR/dockerd"
	stop_registry "$file_registry"
}
setup() {
	fresh_client
	"$VARVE" load -q -i "$BATS_FILE_TMPDIR/app.tar" >/dev/null
}

docker_() { dock "$BATS_FILE_TMPDIR/dockerd" "$@"; }
varve_() { "$VARVE" "$@"; }

# Layers go their own ways: their lines are sorted between the others.
say() { # WHO, then words
	local who=$1
	shift
	"${who}_" "$@" 2>&1 | sed -E "s#$REGISTRY/$who/#REG/#g; s#from $who/#from #; s/^(varve|Error response from daemon): //
		s/sha256:[0-9a-f]{64}/DIGEST/; /^[0-9a-f]{12}: (Waiting|Verifying|Download|Extracting)/d; s/^[0-9a-f]{12}: /LAYER: /; s#$REGISTRY/$who\]#REG]#" |
		awk '/^LAYER/ { print | "sort"; n = 1; next } n { close("sort"); n = 0 } { print; fflush() }'
}
same() {
	local line=$1
	say docker ${line//%/$REGISTRY/docker} >docker.out
	say varve ${line//%/$REGISTRY/varve} >varve.out
	diff docker.out varve.out
}

@test "push, one tag or all, and what is not there, in a pipe" {
	for who in docker varve; do
		for tag in 1 2 latest; do "${who}_" tag app:1 "$REGISTRY/$who/app:$tag"; done
	done
	same "push -a %/app"
	same "push %/app"
	same "push %/app:1"
	same "push -q %/app:2"
	same "push -q -a %/app"
	same "push --all-tags %/app:1"
	same "push -a %/none"
	same "push %/none"
	same "push --disable-content-trust %/app:1"
	same "push UPPER"
}

@test "pull, one tag or all, of another platform, and what is not there, in a pipe" {
	for who in docker varve; do
		for tag in 1 2 latest; do "${who}_" tag app:1 "$REGISTRY/$who/app:$tag"; done
		"${who}_" push -q -a "$REGISTRY/$who/app"
		for tag in 1 2 latest; do "${who}_" rmi "$REGISTRY/$who/app:$tag"; done
		"${who}_" rmi app:1
	done >/dev/null
	same "pull %/app:2"
	same "pull %/app:2"
	same "pull -a %/app"
	same "pull -a %/app"
	same "pull -q %/app"
	same "pull -q -a %/app"
	same "pull -a %/app:1"
	same "pull %/app:none"
	same "pull -a %/none"
	same "pull --platform linux/arm64 %/app:1"
	same "pull --disable-content-trust %/app:1"
	same "pull scratch"
}

# A terminal of 150 columns; the last state of each line, blanks at the end and all.
on_terminal() {
	script -qec "stty cols 150; $*" /dev/null </dev/null | python3 -c '
import re, sys
rows, row, out = [""], 0, sys.stdin.buffer.read().decode()
for part in re.findall(r"\x1b\[\d+[ABK]|\r|\n|[^\x1b\r\n]+", out):
    if part == "\n":
        row += 1
    elif part.endswith("A") and part[0] == "\x1b":
        row -= int(part[2:-1])
    elif part.endswith("B") and part[0] == "\x1b":
        row += int(part[2:-1])
    elif part.endswith("K") and part[0] == "\x1b":
        rows[row] = ""
    elif part != "\r":
        rows[row] = part
    while len(rows) <= row:
        rows.append("")
print("\n".join(r + "|" for r in rows))'
}

@test "on a terminal the screen ends the same" {
	command -v script >/dev/null || skip "script is missing"
	docker_ load -q -i "$BATS_FILE_TMPDIR/app.tar"
	docker_ tag app:1 "$REGISTRY/t/app:1"
	docker_ push -q "$REGISTRY/t/app:1" >/dev/null
	docker_ rmi -f $(docker_ images -aq | sort -u) >/dev/null
	export DOCKER_HOST=unix://$BATS_FILE_TMPDIR/dockerd/sock
	on_terminal /usr/bin/docker pull "$REGISTRY/t/app:1" >docker.out
	VARVE_ROOT=$PWD/other on_terminal "$VARVE" pull "$REGISTRY/t/app:1" >varve.out
	diff docker.out varve.out
	on_terminal /usr/bin/docker push "$REGISTRY/t/app:1" >docker.out
	VARVE_ROOT=$PWD/other on_terminal "$VARVE" push "$REGISTRY/t/app:1" >varve.out
	diff docker.out varve.out
}
