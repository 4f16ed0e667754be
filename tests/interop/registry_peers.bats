#!/usr/bin/env bats
# An image with odd layers through every peer and back: what comes is what went.

load common
load registry

setup_file() {
	[ "$(id -u)" -eq 0 ] || skip "devices and owners need root"
	need_registry
	[ -x /bin/busybox ] || skip "busybox is missing (Debian package busybox-static)"
	start_registry "$file_registry"
	cd "$BATS_FILE_TMPDIR"
	python3 "$top_srcdir/tests/interop/odd_image.py" >odd.tar
	export VARVE_ROOT=$PWD/maker
	"$VARVE" load -q -i odd.tar >/dev/null
	"$VARVE" tag odd:1 "$(cat registry/host)/odd/varve:1"
	"$VARVE" push -q "$(cat registry/host)/odd/varve:1"
	"$VARVE" inspect odd:1 | jq -r '.[0].Id' >id
	"$VARVE" inspect odd:1 | jq -c '.[0].RootFS.Layers' >layers
}
setup() {
	fresh_client
	odd=$REGISTRY/odd/varve:1
}
teardown() {
	[ ! -s dockerd/shell-pid ] || stop_dockerd "$PWD/dockerd"
	umount graph/overlay 2>/dev/null || true
}
need() { command -v "$1" >/dev/null || skip "$1 is missing"; }

# The image in this store is the odd one, to the last byte of its layers.
is_odd() { # NAME [ID too]
	[ "$("$VARVE" inspect "$1" | jq -c '.[0].RootFS.Layers')" = "$(cat "$BATS_FILE_TMPDIR/layers")" ]
	[ -z "${2:-}" ] || [ "$("$VARVE" inspect "$1" | jq -r '.[0].Id')" = "$(cat "$BATS_FILE_TMPDIR/id")" ]
	[ "$("$VARVE" fsck --layers)" = whole ]
}

@test "varve push, varve pull" {
	"$VARVE" pull -q "$odd"
	is_odd "$odd" id
}

@test "varve push, docker pull, run, push, varve pull and build" {
	need_dockerd
	start_dockerd "$PWD/dockerd"
	dock "$PWD/dockerd" pull -q "$odd"
	[ "$(dock "$PWD/dockerd" inspect --format '{{.Id}}' "$odd")" = "$(cat "$BATS_FILE_TMPDIR/id")" ]
	run dock "$PWD/dockerd" run --rm --network none "$odd" /bin/sh -c 'busybox ls dir; busybox stat -c %u:%g big-owner'
	[ "$output" = $'c\n3000000:4000000' ] || [[ $output == *"OCI runtime create failed"* ]]
	dock "$PWD/dockerd" tag "$odd" "$REGISTRY/odd/docker:1"
	dock "$PWD/dockerd" push -q "$REGISTRY/odd/docker:1"
	"$VARVE" pull -q "$REGISTRY/odd/docker:1"
	is_odd "$REGISTRY/odd/docker:1" id
	printf 'FROM %s/odd/docker:1\nCOPY odd_image.py /x\n' "$REGISTRY" |
		"$VARVE" build -q -f - "$top_srcdir/tests/interop"
}

@test "skopeo: to a layout, an archive and another repository" {
	need skopeo
	copy="skopeo --insecure-policy copy -q --src-tls-verify=false --dest-tls-verify=false"
	$copy "docker://$odd" oci:layout:1
	$copy "docker://$odd" "docker-archive:archive.tar:archive:1"
	$copy "docker://$odd" "docker://$REGISTRY/odd/skopeo:1"
	"$VARVE" copy -q oci:layout:1 layout:1
	is_odd layout:1
	"$VARVE" copy -q docker-archive:archive.tar archive:1
	is_odd archive:1 id
	"$VARVE" pull -q "$REGISTRY/odd/skopeo:1"
	is_odd "$REGISTRY/odd/skopeo:1" id
	"$VARVE" copy -q "docker://$odd" oci:ours:1
	$copy oci:ours:1 "docker://$REGISTRY/odd/again:1"
	"$VARVE" pull -q "$REGISTRY/odd/again:1"
	is_odd "$REGISTRY/odd/again:1"
}

@test "umoci unpacks our layout" {
	need umoci
	python3 "$top_srcdir/tests/interop/odd_image.py" local >local.tar
	"$VARVE" load -q -i local.tar >/dev/null
	"$VARVE" tag odd:1 "$REGISTRY/odd/local:1"
	"$VARVE" push -q "$REGISTRY/odd/local:1"
	"$VARVE" copy -q "docker://$REGISTRY/odd/local:1" oci:ours:1
	umoci unpack --image ours:1 bundle
	[ "$(ls bundle/rootfs/dir)" = c ]
	[ ! -e bundle/rootfs/deleted ]
	[ "$(stat -c %u:%g bundle/rootfs/big-owner)" = 3000000:4000000 ]
}

@test "buildah pulls it, and its store is read" {
	need buildah
	unset DOCKER_CONFIG
	buildah --root "$PWD/graph" --runroot "$PWD/run" --storage-driver overlay pull -q --tls-verify=false "$odd" >/dev/null
	"$VARVE" copy "containers-storage:[overlay@$PWD/graph]$odd" read:1
	is_odd read:1 id
}
