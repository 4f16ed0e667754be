#!/usr/bin/env bats
# varve pull against docker-registry: what comes is what was pushed, and what
# goes wrong on the way leaves a store that is whole.

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

image_id() { "$VARVE" images -q --no-trunc | head -n 1; }
whole() { [ "$("$VARVE" fsck)" = whole ]; }

@test "pull by tag, docker schema 2: the output is docker's, the layers are whole" {
	run "$VARVE" pull "$REGISTRY/x/app:1"
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "1: Pulling from x/app" ]
	[ "$(grep -c ': Pull complete$' <<<"$output")" -eq 3 ]
	[[ ${lines[-3]} == "Digest: sha256:"* ]]
	[ "${lines[-2]}" = "Status: Downloaded newer image for $REGISTRY/x/app:1" ]
	[ "${lines[-1]}" = "$REGISTRY/x/app:1" ]
	whole
	[ -z "$(ls "$VARVE_ROOT/varve/pull")" ]
	[ "$("$VARVE" images | wc -l)" -eq 2 ]
}

@test "a second pull fetches nothing and says that it is up to date" {
	"$VARVE" pull -q "$REGISTRY/x/app:1"
	run "$VARVE" pull "$REGISTRY/x/app:1"
	[[ $output != *"Pull complete"* ]]
	[[ $output == *"Status: Image is up to date for $REGISTRY/x/app:1"* ]]
}

@test "an OCI image with zstd layers, by digest" {
	digest=$(skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$REGISTRY/x/app:zstd")
	run "$VARVE" pull "$REGISTRY/x/app@$digest"
	[ "$status" -eq 0 ]
	[[ $output == *"Digest: $digest"* ]]
	whole
}

@test "--all-tags takes every tag" {
	"$VARVE" pull -q -a "$REGISTRY/x/app"
	[ "$("$VARVE" images | grep -c "x/app")" -ge 2 ]
}

@test "an index: the platform is chosen, and one that is not there is named" {
	m=$(skopeo inspect --raw --tls-verify=false "docker://$REGISTRY/x/app:1" | sha256sum | cut -d' ' -f1)
	size=$(skopeo inspect --raw --tls-verify=false "docker://$REGISTRY/x/app:1" | wc -c)
	printf '{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.list.v2+json","manifests":[{"mediaType":"application/vnd.docker.distribution.manifest.v2+json","size":%d,"digest":"sha256:%s","platform":{"os":"linux","architecture":"s390x"}}]}' "$size" "$m" >list
	curl -sf -X PUT -H 'Content-Type: application/vnd.docker.distribution.manifest.list.v2+json' --data-binary @list "http://$REGISTRY/v2/x/app/manifests/list"
	run "$VARVE" pull --platform linux/amd64 "$REGISTRY/x/app:list"
	[ "$status" -eq 1 ]
	[[ $output == *"no matching manifest for linux/amd64 in the manifest list entries"* ]]
	"$VARVE" pull -q --platform linux/s390x "$REGISTRY/x/app:list"
	whole
}

@test "a tag that is not there" {
	run "$VARVE" pull "$REGISTRY/x/app:none"
	[ "$status" -eq 1 ]
	[[ $output == *"manifest for $REGISTRY/x/app:none not found: manifest unknown: manifest unknown" ]]
}

@test "a connection cut at each tenth is gone on with from there" {
	for n in 1 2 3 4 5 6 7 8 9; do
		rm -f requests
		faulty "cut:$n"
		VARVE_ROOT=$PWD/s$n "$VARVE" pull -q --retry-delay 0 "$FAULTY/x/app:1"
		grep -q 'GET .*/blobs/.* range=bytes=[1-9]' requests
		[ "$(VARVE_ROOT=$PWD/s$n "$VARVE" fsck)" = whole ]
		stop_proxies
	done
}

@test "wrong, short, long and endless blobs are refused, each in words" {
	for mode in wrong:verification short:ends\ after long:longer\ than endless:longer\ than; do
		faulty "${mode%%:*}"
		run "$VARVE" pull --retry-delay 0 --retry 2 "$FAULTY/x/app:1"
		[ "$status" -eq 1 ]
		[[ $output == *"${mode#*:}"* ]]
		[ -z "$(image_id)" ]
		whole
		stop_proxies
	done
}

@test "manifests without end, and of too many layers" {
	faulty bomb
	run "$VARVE" pull --retry-delay 0 "$FAULTY/x/app:1"
	[ "$status" -eq 1 ]
	[[ $output == *"more than 4194304 bytes"* ]]
	stop_proxies
	faulty layers
	run "$VARVE" pull "$FAULTY/x/app:1"
	[ "$status" -eq 1 ]
	[[ $output == *"5000 entries are more than"* ]]
}

@test "401 again and again ends; 429 and 503 are asked again" {
	mkdir -p docker
	faulty loop401
	printf '{"auths":{"%s":{"auth":"dTpw"}}}' "$FAULTY" >docker/config.json
	run "$VARVE" pull "$FAULTY/x/app:1"
	[ "$status" -eq 1 ]
	[[ $output == *"pull access denied for $FAULTY/x/app"* ]]
	[ "$(wc -l <requests)" -lt 6 ]
	stop_proxies
	for code in 429 503; do
		faulty "busy:$code"
		VARVE_ROOT=$PWD/s$code "$VARVE" pull -q --retry-delay 0 "$FAULTY/x/app:1"
		stop_proxies
	done
}

@test "a server that is always busy, or for long, is told; one that says nothing is given up" {
	faulty always:429
	run "$VARVE" pull --retry 2 --retry-delay 0 "$FAULTY/x/app:1"
	[ "$status" -eq 1 ]
	[[ $output == *"toomanyrequests"* ]]
	stop_proxies
	faulty long:503
	run "$VARVE" pull "$FAULTY/x/app:1"
	[ "$status" -eq 1 ]
	[[ $output == *"the registry is busy for 3600 seconds" ]]
	stop_proxies
	faulty stall
	run "$VARVE" pull --timeout 1 --retry 1 "$FAULTY/x/app:1"
	[ "$status" -eq 1 ]
	[[ $output == *"less than 1 bytes/sec"* || $output == *"too slow"* ]]
	[ -z "$(image_id)" ]
	whole
}

@test "a redirect to another host takes no Authorization along" {
	mkdir -p docker
	faulty away
	printf '{"auths":{"%s":{"registrytoken":"secret"}}}' "$FAULTY" >docker/config.json
	"$VARVE" pull -q "$FAULTY/x/app:1"
	grep -q '^ELSEWHERE .* auth=no' requests
	! grep -q '^ELSEWHERE .* auth=yes' requests
	grep -q '^GET .* auth=yes' requests
}

@test "killed in the middle, the next pull goes on where it stopped" {
	faulty stall
	mkfifo out
	"$VARVE" pull "$FAULTY/x/app:1" >out 2>&1 3>&- &
	pid=$!
	cat out >/dev/null &
	for i in $(seq 200); do
		[ "$(find "$VARVE_ROOT/varve/pull" -size +90k 2>/dev/null | wc -l)" -ge 1 ] && break
		read -rt 0.05 <> <(:) || :
	done
	kill -9 "$pid"
	wait "$pid" || true
	stop_proxies
	[ -z "$(image_id)" ]
	whole
	rm -f requests
	faulty none
	"$VARVE" pull -q "$FAULTY/x/app:1"
	grep -q 'GET .*/blobs/.* range=bytes=[1-9]' requests
	whole
}

@test "a full disk is named, the store stays whole, and with room the pull goes on" {
	[ "$(id -u)" -eq 0 ] || skip "mounting needs root"
	export VARVE_ROOT=$PWD/small/store
	mkdir small
	# Full while a layer comes, while the next does, while one is unpacked.
	for size in 200k 400k 700k 900k; do
		mount -t tmpfs -o "size=$size" none small || skip "no tmpfs here"
		run "$VARVE" pull "$REGISTRY/x/app:1"
		told=$status:$output
		state=$("$VARVE" fsck)
		[ -n "$state" ] && mount -o remount,size=64m small
		run "$VARVE" pull -q "$REGISTRY/x/app:1"
		again=$status$("$VARVE" fsck)
		umount small
		[[ $told == 1:*"No space left on device"* ]]
		[ "$state" = whole ]
		[ "$again" = 0whole ]
	done
}

@test "a proxy of the environment is asked, but not for this machine or who is exempt" {
	faulty proxy
	# Only the proxy knows this name.
	HTTP_PROXY=http://$FAULTY "$VARVE" pull -q --insecure-registry registry.invalid:5000 registry.invalid:5000/x/app:1
	grep -q '^GET http://registry.invalid:5000/v2/x/app/blobs/' requests
	[ "$("$VARVE" images -q registry.invalid:5000/x/app:1 | wc -l)" -eq 1 ]
	: >requests
	NO_PROXY=registry.invalid HTTP_PROXY=http://$FAULTY run "$VARVE" pull -q --retry 0 --insecure-registry registry.invalid:5000 registry.invalid:5000/x/app:1
	[ "$status" -eq 1 ]
	HTTP_PROXY=http://$FAULTY "$VARVE" pull -q "$REGISTRY/x/app:1"
	[ ! -s requests ]
	whole
}

@test "FROM: a plan says what would be pulled, a build pulls it, --pull asks again" {
	mkdir ctx
	printf 'FROM %s/x/app:1\nENV A=1\n' "$REGISTRY" >ctx/Dockerfile
	run "$VARVE" plan ctx
	[ "$status" -eq 1 ]
	[[ $output == *"a build would pull '$REGISTRY/x/app:1'"* ]]
	run "$VARVE" build ctx
	[ "$status" -eq 0 ]
	[ "${lines[1]}" = "Step 1/2 : FROM $REGISTRY/x/app:1" ]
	[ "${lines[2]}" = "1: Pulling from x/app" ]
	[[ $output == *$'\n'"Status: Downloaded newer image for $REGISTRY/x/app:1"$'\n ---> '* ]]
	run "$VARVE" build ctx
	[[ $output != *"Pulling from"* ]]
	[[ $output == *"Using cache"* ]]
	run "$VARVE" build --pull ctx
	[[ $output == *"Status: Image is up to date for $REGISTRY/x/app:1"* ]]
	[[ $output == *"Using cache"* ]]
	run "$VARVE" build - <<<"FROM $REGISTRY/x/none"
	[ "$status" -eq 1 ]
	[[ $output == *"manifest for $REGISTRY/x/none:latest not found"* ]]
}
