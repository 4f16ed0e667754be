# The oracles of the vectors (interop/oracles) beside varve: the keys of COPY
# from a directory, a tar and an image. Layers and configs are held against
# them where stores are made: differential.bats, engine_layers.bats.

load common

setup() {
	[ "$(id -u)" -eq 0 ] || skip "owners and capabilities need root"
	command -v python3 >/dev/null || skip "python3 is missing"
	fresh
	with_base
	rm -rf context
	mkdir -p context/d/e context/k
	cd context
	echo one >a
	echo two >d/b
	chmod 4755 d/b
	ln a d/hard
	ln -s ../a d/link
	ln -s nowhere k/dangling
	ln -s d dirlink
	ln -s /d/b abs
	mkfifo k/fifo
	: >"k/$(printf 'caf\303\251')"
	chmod 2770 k
	chown 5:6 a
	python3 -c 'import os; open("cap", "w"); os.setxattr("cap", "security.capability", bytes.fromhex("0100000200200000000000000000000000000000"))'
	cd ..
}

oracle() { python3 "$BATS_TEST_DIRNAME/oracles/tarsum.py" "$@"; }

# The keys that varve gives to the COPY lines, one a line.
keys() {
	id=$("$VARVE" build -q "$@")
	jq -r '.history[].created_by | sub("^.*#\\(nop\\) COPY "; "") | sub(" in /x/ $"; "")' \
		"$VARVE_ROOT/image/overlay2/imagedb/content/sha256/${id#sha256:}"
}

sources=(a d d/ . './d' /d/b d/link dirlink abs cap k 'd/*' '*' '[ac]*' 'd/?' 'a d/b' 'a a' 'k d a')

dockerfile() { # FLAG: a COPY of each
	echo FROM scratch
	for s in "${sources[@]}"; do echo "COPY $s /x/"; done
}

@test "a directory, with and without .dockerignore" {
	dockerfile >context/Dockerfile
	for ignore in '' $'*.c\nd/e\n' $'k\n!k/f*\nDockerfile\n.dockerignore\n'; do
		[ -z "$ignore" ] || printf '%s' "$ignore" >context/.dockerignore
		for s in "${sources[@]}"; do
			set -f
			oracle dir context $s
			set +f
		done >want
		keys context | diff want -
	done
}

@test "a tar on standard input" {
	dockerfile >context/Dockerfile
	tar -C context -cf c.tar .
	for s in "${sources[@]}"; do
		set -f
		oracle tar c.tar $s
		set +f
	done >want
	keys - <c.tar | diff want -
}

@test "an image" {
	sources=(/etc /etc/passwd bin/sh '/etc/*' /)
	{
		echo FROM scratch
		for s in "${sources[@]}"; do echo "COPY --from=alpine $s /x/"; done
	} >context/Dockerfile
	chain=$(ls "$VARVE_ROOT/image/overlay2/layerdb/sha256")
	root=$VARVE_ROOT/overlay2/$(cat "$VARVE_ROOT/image/overlay2/layerdb/sha256/$chain/cache-id")/diff
	for s in "${sources[@]}"; do
		set -f
		oracle fs "$root" $s
		set +f
	done >want
	keys context | diff want -
}
