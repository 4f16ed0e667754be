#!/usr/bin/env bats
# varve copy, and places other than a store to read from.

load common
setup() {
	fresh
	with_base
}

ids() { "$VARVE" tree "$@" --format json | jq -r '.images[].id'; }
top() { "$VARVE" inspect "$@" | jq -r '.[0].RootFS.Layers[-1]'; }

@test "a layout holds the image under its name, and gives it back with its ID" {
	"$VARVE" copy alpine:latest oci:out:alpine:latest
	[ "$(ids --root oci:out)" = "$(ids)" ]
	"$VARVE" copy --root "$PWD/other" oci:out:alpine:latest alpine:latest
	[ "$(ids --root "$PWD/other")" = "$(ids)" ]
}

@test "archives of both kinds hold the same image" {
	"$VARVE" copy alpine:latest oci-archive:a.tar:alpine:latest
	"$VARVE" copy oci-archive:a.tar docker-archive:b.tar:alpine:latest
	[ "$(ids --root oci-archive:a.tar)" = "$(ids)" ]
	[ "$(ids --root docker-archive:b.tar)" = "$(ids)" ]
	run "$VARVE" images --root docker-archive:b.tar
	[[ "$output" == *alpine* ]]
	[ ! -e a.tar.tmp ]
	[ -z "$(find "$XDG_CACHE_HOME" -name 'tmp-*')" ]
}

@test "a damaged blob is refused, and nothing is left seen" {
	"$VARVE" copy alpine:latest oci:out:x
	blob=$(ls -S out/blobs/sha256/* | head -1)
	chmod u+w "$blob"
	printf X | dd of="$blob" bs=1 seek=600 conv=notrunc status=none
	run "$VARVE" copy --root "$PWD/other" oci:out:x y:1
	[ "$status" -eq 1 ]
	[ -z "$(ids --root "$PWD/other")" ]
}

@test "a plan reads a layout, and a build does not write to it" {
	"$VARVE" copy alpine:latest oci:out:alpine:latest
	"$VARVE" plan --root oci:out context --format json | jq -e '.steps[0].verdict == "hit"'
	run "$VARVE" build --root oci:out context
	[ "$status" -eq 2 ]
	[ ! -e "oci:out" ]
}

@test "what is no layout, has no such name or cannot be written says so" {
	run "$VARVE" tree --root oci:context
	[ "$status" -eq 1 ]
	[[ "$output" == *"not an OCI image layout"* ]]
	"$VARVE" copy alpine:latest oci:out:x
	run "$VARVE" copy oci:out:y z:1
	[ "$status" -eq 1 ]
	[[ "$output" == *"no image 'y'"* ]]
	run "$VARVE" copy alpine:latest containers-storage:x
	[ "$status" -eq 1 ]
	[[ "$output" == *"cannot write to 'containers-storage'"* ]]
	run "$VARVE" tag --root oci:out x y
	[ "$status" -eq 2 ]
}
