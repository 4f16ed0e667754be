# Seeded random Dockerfiles, contexts and edits: varve and dockerd agree on
# verdicts, consoles, configs, layers, exit codes and errors.

load common

setup_file() {
	need_dockerd
	load common
	start_dockerd "$BATS_FILE_TMPDIR/docker"
	dock "$BATS_FILE_TMPDIR/docker" import - alpine:latest <"$(base_tar)"
}

teardown_file() { load common; stop_dockerd "$BATS_FILE_TMPDIR/docker"; }

@test "60 seeds agree" {
	DOCKER_HOST=unix://$BATS_FILE_TMPDIR/docker/sock XDG_CACHE_HOME=$BATS_TEST_TMPDIR/cache \
		python3 "$BATS_TEST_DIRNAME/differential.py" --varve "$VARVE" \
		--work "$BATS_FILE_TMPDIR" --seeds 1-60 --edits 2
}

@test "the oracles agree on every layer and config of that run" {
	oracles "$BATS_FILE_TMPDIR/varve"
}
