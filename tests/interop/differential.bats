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

teardown() { load common; stop_dockerd "$BATS_TEST_TMPDIR/d" "$BATS_FILE_TMPDIR/varve"; }

@test "60 seeds agree" {
	DOCKER_HOST=unix://$BATS_FILE_TMPDIR/docker/sock XDG_CACHE_HOME=$BATS_TEST_TMPDIR/cache \
		python3 "$BATS_TEST_DIRNAME/differential.py" --varve "$VARVE" \
		--work "$BATS_FILE_TMPDIR" --seeds 1-60 --edits 2 --pairs "$BATS_FILE_TMPDIR/pairs"
}

@test "the oracles agree on every layer and config of that run" {
	oracles "$BATS_FILE_TMPDIR/varve"
}

@test "a dockerd opened on varve's store runs and saves the images of that run" {
	"$VARVE" images --root "$BATS_FILE_TMPDIR/varve" -aq --no-trunc | sort -u >"$BATS_TEST_TMPDIR/ids"
	start_dockerd "$BATS_TEST_TMPDIR/d" "$BATS_FILE_TMPDIR/varve"
	dock "$BATS_TEST_TMPDIR/d" images -aq --no-trunc | sort -u | diff "$BATS_TEST_TMPDIR/ids" -
	python3 "$BATS_TEST_DIRNAME/opened.py" --pairs "$BATS_FILE_TMPDIR/pairs" --every 5 \
		--mine "$BATS_TEST_TMPDIR/d/sock" --theirs "$BATS_FILE_TMPDIR/docker/sock"
}
