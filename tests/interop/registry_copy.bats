#!/usr/bin/env bats
# varve copy and the inspecting verbs with docker://, and skopeo as a witness.

load registry

setup_file() {
	need_registry
	command -v skopeo >/dev/null || skip "skopeo is missing"
	start_registry "$file_registry"
	make_image
	tar_to_registry "$REGISTRY/x/app:1"
	tar_to_registry "$REGISTRY/x/app:zstd" -f oci --dest-compress-format zstd
}
teardown() { stop_proxies; }

digest_of() { skopeo inspect --tls-verify=false --format '{{.Digest}}' "$1"; }
blobs() { skopeo inspect --tls-verify=false --raw "$1" | jq -c '[.config.digest, .layers[].digest]'; }
layers() { "$VARVE" inspect "$@" | jq -c '.[0].RootFS.Layers'; }

@test "from a registry to another repository, a layout, an archive and back: the digest stays" {
	for tag in 1 zstd; do
		at=docker://$REGISTRY/x/app:$tag
		digest=$(digest_of "$at")
		"$VARVE" copy -q "$at" "docker://$REGISTRY/y/app:$tag"
		"$VARVE" copy -q "$at" "oci:layout:$tag"
		"$VARVE" copy -q "$at" "oci-archive:$tag.tar:$tag"
		"$VARVE" copy -q "oci:layout:$tag" "docker://$REGISTRY/z/a:$tag"
		"$VARVE" copy -q "oci-archive:$tag.tar:$tag" "docker://$REGISTRY/z/b:$tag"
		[ "$(digest_of "docker://$REGISTRY/y/app:$tag")" = "$digest" ]
		# Docker's manifests become OCI's in a layout, as skopeo has it.
		for to in "docker://$REGISTRY/z/a:$tag" "docker://$REGISTRY/z/b:$tag"; do
			[ "$tag" = 1 ] || [ "$(digest_of "$to")" = "$digest" ]
			[ "$(blobs "$to")" = "$(blobs "$at")" ]
		done
		skopeo inspect "oci:layout:$tag" >/dev/null
		skopeo --insecure-policy copy -q --src-tls-verify=false "docker://$REGISTRY/z/b:$tag" "oci:seen:$tag"
	done
	[ -z "$(find "$XDG_CACHE_HOME" -name 'tmp-*')" ]
}

@test "what the registry has is not sent again, and comes over from a neighbour" {
	faulty none
	"$VARVE" copy -q "docker://$FAULTY/x/app:1" "docker://$FAULTY/m/app:1"
	grep -q 'POST .*uploads/?mount=' requests
	! grep -q '^PATCH' requests
	[ "$(grep -c '^GET .*/blobs/' requests)" -eq 1 ] # the configuration
}

@test "between the store and a registry under other names, layers packed" {
	"$VARVE" copy -q "docker://$REGISTRY/x/app:1" mine:2
	[ "$("$VARVE" images | sed -n '2s/  */ /gp' | cut -d' ' -f1-2)" = "mine 2" ]
	[ "$("$VARVE" images | wc -l)" -eq 2 ]
	"$VARVE" copy -q mine:2 "docker://$REGISTRY/s/app:3"
	[ "$("$VARVE" images | wc -l)" -eq 2 ]
	skopeo inspect --tls-verify=false --raw "docker://$REGISTRY/s/app:3" | jq -e '.layers | all(.mediaType | endswith("gzip"))'
	"$VARVE" copy -q "docker-archive:$BATS_FILE_TMPDIR/app.tar" "docker://$REGISTRY/s/app:4"
	id=$("$VARVE" images -q --no-trunc)
	for tag in 3 4; do
		[ "$(skopeo inspect --tls-verify=false --raw "docker://$REGISTRY/s/app:$tag" | jq -r .config.digest)" = "$id" ]
	done
	"$VARVE" copy -q "docker://$REGISTRY/x/app:1" "docker-archive:saved.tar:saved:1"
	[ "$(layers --root docker-archive:saved.tar saved:1)" = "$(layers mine:2)" ]
	[ "$("$VARVE" fsck --layers)" = whole ]
}

@test "inspect, history, files and tree read a registry, once for a digest" {
	faulty none
	"$VARVE" pull -q "$REGISTRY/x/app:1"
	[ "$(layers "docker://$FAULTY/x/app:1")" = "$(layers "$REGISTRY/x/app:1")" ]
	n=$(wc -l <requests)
	"$VARVE" history -q "docker://$FAULTY/x/app:1" | head -n 1 | grep -q '^[0-9a-f]\{12\}$'
	! tail -n +$((n + 1)) requests | grep /blobs/
	"$VARVE" files "docker://$FAULTY/x/app:1" | grep -q ' a$\|/a$'
	"$VARVE" tree --root "docker://$FAULTY/x/app:1" | grep -q "x/app:1"
	run "$VARVE" inspect "docker://$FAULTY/x/app:none"
	[ "$status" -eq 1 ]
	[[ $output == *"manifest for $FAULTY/x/app:none not found"* ]]
}

@test "the only image of a layout needs no name" {
	"$VARVE" copy -q "docker://$REGISTRY/x/app:1" oci:one
	[ "$("$VARVE" history oci:one | wc -l)" -eq 4 ]
	"$VARVE" copy -q "docker://$REGISTRY/x/app:zstd" oci:one:other
	run "$VARVE" history oci:one
	[ "$status" -eq 1 ] || [ "$("$VARVE" images -q --root oci:one | wc -l)" -eq 1 ]
}

@test "roots in the cache that nobody used for a week go when a new one comes" {
	"$VARVE" copy -q "docker://$REGISTRY/x/app:1" oci:one:a
	"$VARVE" tree --root oci:one >/dev/null
	old=$(find "$XDG_CACHE_HOME" -name whole)
	touch -d '8 days ago' "$old"
	"$VARVE" copy -q "docker://$REGISTRY/x/app:zstd" oci:two:b
	"$VARVE" tree --root oci:two >/dev/null
	[ ! -e "${old%/varve/whole}" ]
	[ "$(find "$XDG_CACHE_HOME" -name whole | wc -l)" -eq 1 ]
}
