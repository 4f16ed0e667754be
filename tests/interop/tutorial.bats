# The tutorial's three builds, line for line what dockerd 20.10 prints.

load common

setup_file() {
	need_dockerd
	load common
	start_dockerd "$BATS_FILE_TMPDIR/d"
	dock "$BATS_FILE_TMPDIR/d" import - alpine:latest <"$(base_tar)"
}

teardown_file() { load common; stop_dockerd "$BATS_FILE_TMPDIR/d"; }

setup() { fresh; with_base; }

both() { # build both ways and compare the consoles
	"$VARVE" build "$@" context | mask >varve.out
	dock_build "$BATS_FILE_TMPDIR/d" "$@" context | mask >docker.out
	diff docker.out varve.out
}

@test "first, second and changed build print the same lines" {
	both -t tutorial:1
	both -t tutorial:2
	cp "$top_srcdir/data/tutorial/Dockerfile.changed" context/Dockerfile
	chmod 0644 context/Dockerfile
	[ "$("$VARVE" plan --format json context | verdicts)" = "hit hit hit miss miss miss" ]
	both -t tutorial:3
}

@test "configs are equal but for times and container IDs, diff IDs in / equal" {
	# Without the cache: the other test left images of older files.
	"$VARVE" build --no-cache -q -t cfg context
	dock_build "$BATS_FILE_TMPDIR/d" --no-cache -q -t cfg context
	"$VARVE" inspect cfg >varve.json
	dock "$BATS_FILE_TMPDIR/d" inspect cfg >docker.json
	for key in Config Architecture Os RootFS; do
		diff <(jq -S ".[0].$key | del(.Image?)" docker.json) \
			<(jq -S ".[0].$key | del(.Image?)" varve.json)
	done
	diff <(jq -S '.[0].ContainerConfig | del(.Image, .Hostname)' docker.json) \
		<(jq -S '.[0].ContainerConfig | del(.Image, .Hostname)' varve.json)
	diff <(dock "$BATS_FILE_TMPDIR/d" history --no-trunc --format '{{.CreatedBy}}|{{.Size}}|{{.Comment}}' cfg | head -n -1) \
		<("$VARVE" history --no-trunc --format json cfg |
			jq -r '.[] | "\(.created_by)|\(.size)B|\(.comment)"' | head -n -1)
}
