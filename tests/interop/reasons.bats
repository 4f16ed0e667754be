# The reason names what an edit changed, on a root that a real dockerd built
# (from the layers) and on varve's own (from its records), and what it lists,
# taken back, makes the step hit.

load common

setup_file() {
	need_dockerd
	load common
	start_dockerd "$BATS_FILE_TMPDIR/docker"
	dock "$BATS_FILE_TMPDIR/docker" import - alpine:latest <"$(base_tar)"
}

teardown_file() { load common; stop_dockerd "$BATS_FILE_TMPDIR/docker"; }

@test "220 random edits of what docker built are named" {
	DOCKER_HOST=unix://$BATS_FILE_TMPDIR/docker/sock XDG_CACHE_HOME=$BATS_TEST_TMPDIR/cache \
		python3 "$BATS_TEST_DIRNAME/reasons.py" --varve "$VARVE" \
		--work "$BATS_TEST_TMPDIR" --root "$BATS_FILE_TMPDIR/docker/root" --edits 220
}

@test "220 random edits of what varve built are named" {
	"$VARVE" import --root "$BATS_TEST_TMPDIR/own" "$(base_tar)" alpine:latest
	XDG_CACHE_HOME=$BATS_TEST_TMPDIR/cache \
		python3 "$BATS_TEST_DIRNAME/reasons.py" --varve "$VARVE" \
		--work "$BATS_TEST_TMPDIR" --root "$BATS_TEST_TMPDIR/own" --edits 220 --seed 2 --own
}
