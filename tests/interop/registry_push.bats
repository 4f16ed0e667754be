#!/usr/bin/env bats
# varve push against docker-registry, and round trips with a real dockerd.

load common
load registry

setup_file() {
	need_registry
	start_registry "$file_registry"
	make_image
}
setup() {
	fresh_client
	"$VARVE" load -q -i "$BATS_FILE_TMPDIR/app.tar" >/dev/null
}
teardown() {
	stop_proxies
	[ ! -s dockerd/shell-pid ] || stop_dockerd "$PWD/dockerd"
}

push_words() { sed -E 's/^[0-9a-f]{12}: //; s/sha256:[0-9a-f]{64} size: [0-9]+/X/' | sort | uniq -c | sed 's/^ *//'; }

@test "layers are sent, found again, and mounted from another repository" {
	"$VARVE" tag app:1 "$REGISTRY/p/one:1"
	"$VARVE" tag app:1 "$REGISTRY/p/two:1"
	run "$VARVE" push "$REGISTRY/p/one:1"
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "The push refers to repository [$REGISTRY/p/one]" ]
	[ "$(tail -n +2 <<<"$output" | push_words)" = $'1 1: digest: X\n3 Preparing\n3 Pushed' ]
	run "$VARVE" push "$REGISTRY/p/one:1"
	[ "$(tail -n +2 <<<"$output" | push_words)" = $'1 1: digest: X\n3 Layer already exists\n3 Preparing' ]
	run "$VARVE" push "$REGISTRY/p/two:1"
	[ "$(tail -n +2 <<<"$output" | push_words)" = $'1 1: digest: X\n3 Mounted from p/one\n3 Preparing' ]
	[ "$("$VARVE" fsck)" = whole ]
}

@test "an upload that is cut, or that the registry lost or mixed up, is done again; 503 is asked again" {
	command -v skopeo >/dev/null || skip "skopeo is missing"
	for mode in cutup lostup garbleup busy:503; do
		faulty "$mode"
		"$VARVE" tag app:1 "$FAULTY/f/${mode%:*}:1"
		run "$VARVE" push --retry-delay 0 "$FAULTY/f/${mode%:*}:1"
		[ "$status" -eq 0 ]
		[ "$(grep -c 'Pushed$' <<<"$output")" -eq 3 ]
		[ "$(skopeo inspect --tls-verify=false --raw "docker://$REGISTRY/f/${mode%:*}:1" | jq '.layers | length')" -eq 3 ]
		stop_proxies
	done
}

@test "more than five layers: the others wait, and all arrive" {
	mkdir many
	printf 'FROM app:1\n' >many/Dockerfile
	for i in 1 2 3 4 5; do
		echo "$i" >"many/f$i"
		echo "COPY f$i /f$i" >>many/Dockerfile
	done
	"$VARVE" build -q -t "$REGISTRY/w/many:1" many
	run "$VARVE" push "$REGISTRY/w/many:1"
	[ "$(tail -n +2 <<<"$output" | push_words)" = $'1 1: digest: X\n8 Preparing\n8 Pushed\n3 Waiting' ]
	VARVE_ROOT=$PWD/other "$VARVE" pull -q "$REGISTRY/w/many:1"
	[ "$("$VARVE" inspect "$REGISTRY/w/many:1" | jq -r '.[0].Id')" = "$(VARVE_ROOT=$PWD/other "$VARVE" inspect "$REGISTRY/w/many:1" | jq -r '.[0].Id')" ]
}

@test "a push that fails in one layer ends in words, and the store is whole" {
	faulty "fail"
	"$VARVE" tag app:1 "$FAULTY/e/app:1"
	run "$VARVE" push --retry-delay 0 --retry 2 "$FAULTY/e/app:1"
	[ "$status" -eq 1 ]
	[[ ${lines[-1]} == *"denied: requested access to the resource is denied" ]]
	[ "$("$VARVE" fsck)" = whole ]
}

@test "a name that is not there" {
	run "$VARVE" push "$REGISTRY/p/none"
	[ "$status" -eq 1 ]
	[[ $output == *"An image does not exist locally with the tag: $REGISTRY/p/none" ]]
}

@test "what varve pushes docker pulls, and what docker pushes varve pulls and builds on" {
	need_dockerd
	id=$("$VARVE" images -q --no-trunc | head -n 1)
	"$VARVE" tag app:1 "$REGISTRY/r/app:1"
	digest=$("$VARVE" push "$REGISTRY/r/app:1" | sed -n 's/^1: digest: \(sha256:[0-9a-f]*\) .*/\1/p')
	start_dockerd "$PWD/dockerd"
	run dock "$PWD/dockerd" pull "$REGISTRY/r/app:1"
	[ "$status" -eq 0 ]
	[[ $output == *"Digest: $digest"* ]]
	[ "$(dock "$PWD/dockerd" inspect --format '{{.Id}}' "$REGISTRY/r/app:1")" = "$id" ]
	printf 'FROM %s/r/app:1\nENV B=2\nCOPY a /c\n' "$REGISTRY" >more
	dock_build "$PWD/dockerd" -q -t "$REGISTRY/r/more:1" -f more "$BATS_FILE_TMPDIR/ctx"
	dock "$PWD/dockerd" push -q "$REGISTRY/r/more:1"
	built=$(dock "$PWD/dockerd" inspect --format '{{.Id}}' "$REGISTRY/r/more:1")
	"$VARVE" pull -q "$REGISTRY/r/more:1"
	"$VARVE" images -q --no-trunc | grep -q "$built"
	printf 'FROM %s/r/more:1\nENV C=3\n' "$REGISTRY" | "$VARVE" build -q -
	[ "$("$VARVE" fsck --layers)" = whole ]
}

@test "COPY --from an image that is not there: pulled, in docker's words" {
	need_dockerd
	"$VARVE" push -q "$REGISTRY/r/app:1" 2>/dev/null || { "$VARVE" tag app:1 "$REGISTRY/r/app:1"; "$VARVE" push "$REGISTRY/r/app:1" >/dev/null; }
	start_dockerd "$PWD/dockerd"
	export VARVE_ROOT=$PWD/empty
	for from in "$REGISTRY/r/app:1" "$REGISTRY/r/none:1"; do
		printf 'FROM scratch\nCOPY --from=%s /a /a\n' "$from" >from
		for pull in '' --pull; do
			code=0 docker_code=0
			dock_build "$PWD/dockerd" $pull -f from "$BATS_FILE_TMPDIR/ctx" >docker.out 2>docker.err || docker_code=$?
			"$VARVE" build $pull -f from "$BATS_FILE_TMPDIR/ctx" >out 2>err || code=$?
			echo "$from $pull: docker $docker_code $(cat docker.out docker.err), varve $code $(cat out err)"
			[ "$code" -eq "$docker_code" ]
			diff <(sed -n '/^Step/,$p' docker.out | grep -vE ': (Pulling|Waiting|Verifying|Download|Pull)' | mask) \
				<(sed -n '/^Step/,$p' out | grep -vE ': (Pulling|Waiting|Verifying|Download|Pull)' | mask)
			diff docker.err err
		done
	done
}
