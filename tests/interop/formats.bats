#!/usr/bin/env bats
# Layouts, archives and stores of skopeo, umoci and buildah.

load ../cli/common
setup() {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	fresh
	with_base
}
need() { command -v "$1" >/dev/null || skip "$1 is missing"; }
ids() { "$VARVE" tree "$@" --format json | jq -r '.images[].id' | sort; }
layers() { "$VARVE" inspect "$@" | jq -c '.[0].RootFS.Layers'; }

@test "skopeo copies our layout and archives, and we its, with the same layers" {
	need skopeo
	"$VARVE" copy alpine:latest oci:ours:alpine:latest
	"$VARVE" copy alpine:latest oci-archive:ours.tar:alpine:latest
	"$VARVE" copy alpine:latest docker-archive:save.tar:alpine:latest
	skopeo --insecure-policy copy -q oci:ours:alpine:latest oci-archive:s1.tar:alpine:latest
	skopeo --insecure-policy copy -q oci-archive:ours.tar:alpine:latest oci:s2:alpine:latest
	skopeo --insecure-policy copy -q docker-archive:save.tar docker-archive:s3.tar:alpine:latest
	for at in oci-archive:s1.tar oci:s2 docker-archive:s3.tar; do
		"$VARVE" copy --root "$PWD/r" "$at:alpine:latest" "back:1"
		[ "$(layers --root "$PWD/r" back:1)" = "$(layers alpine:latest)" ]
	done
}

@test "umoci accepts our layout" {
	need umoci
	"$VARVE" copy alpine:latest oci:ours:v1
	umoci ls --layout ours | grep -qx v1
	umoci unpack --image ours:v1 bundle
	[ -e bundle/rootfs/bin/busybox ] || [ -d bundle/rootfs/bin ]
}

@test "the manifest of a layout keeps its digest on the way to another" {
	need skopeo
	"$VARVE" copy alpine:latest oci:a:v1
	skopeo --insecure-policy copy -q oci:a:v1 oci:z:v1 --dest-compress
	"$VARVE" copy oci:z:v1 oci:b:v1
	"$VARVE" copy oci:z:v1 oci-archive:b.tar:v1
	[ "$(jq -r '.manifests[0].digest' z/index.json)" = "$(jq -r '.manifests[0].digest' b/index.json)" ]
	[ "$(skopeo inspect oci-archive:b.tar:v1 | jq -r .Digest)" = "$(jq -r '.manifests[0].digest' z/index.json)" ]
}

@test "the store of buildah is read: IDs, names, layers" {
	need buildah
	need skopeo
	export CONTAINERS_STORAGE_CONF=$PWD/storage.conf
	printf '[storage]\ndriver="overlay"\nrunroot="%s"\ngraphroot="%s"\n' "$PWD/run" "$PWD/graph" >storage.conf
	"$VARVE" copy alpine:latest docker-archive:save.tar:alpine:latest
	skopeo --insecure-policy copy -q docker-archive:save.tar containers-storage:docker.io/library/alpine:latest
	at="containers-storage:[overlay@$PWD/graph]"
	[ "$(layers --root "$at" alpine:latest)" = "$(layers alpine:latest)" ]
	"$VARVE" copy "${at}alpine:latest" oci:c:v1
	umount "$PWD/graph/overlay" 2>/dev/null || true
	skopeo inspect oci:c:v1 >/dev/null
}
