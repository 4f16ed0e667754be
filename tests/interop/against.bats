# plan --against: what the builder that made an image would not run again,
# beside BuildKit (in dockerd 20.10) and buildah as they rebuild.

bats_require_minimum_version 1.5.0

load common

teardown() {
	stop_dockerd "$BATS_TEST_TMPDIR/d"
	grep -o " $BATS_TEST_TMPDIR/graph[^ ]*" /proc/mounts | sort -r | xargs -r -n 1 umount || true
}

@test "a dozen random edits, beside BuildKit's rebuild" {
	need_dockerd
	command -v python3 >/dev/null || skip "python3 is missing"
	fresh
	export D=$BATS_TEST_TMPDIR/d
	start_dockerd "$D"
	dock "$D" import - base:latest <"$(base_tar)"
	export DOCKER_HOST=unix://$D/sock DOCKER_CONFIG=$D/config ROOT=$D/root
	run -0 python3 "$top_srcdir/tests/interop/against.py" buildkit "$VARVE" "$BATS_TEST_TMPDIR" 200 12
	echo "$output"
}

@test "four random edits, beside buildah's rebuild" {
	[ "$(id -u)" -eq 0 ] || skip "buildah's store needs root here"
	command -v buildah >/dev/null || skip "buildah is missing (Debian package buildah)"
	command -v python3 >/dev/null || skip "python3 is missing"
	fresh
	bah() { buildah --storage-driver overlay --root "$PWD/graph" --runroot "$PWD/run" "$@"; }
	bah from --name w scratch
	bah add w "$(base_tar)" /
	bah commit -q w localhost/base:latest
	bah rm w
	run -0 python3 "$top_srcdir/tests/interop/against.py" buildah "$VARVE" "$PWD" 200 4
	echo "$output"
}
