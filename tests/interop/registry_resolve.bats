#!/usr/bin/env bats
# plan --resolve: what a registry tells of a base image, without its layers.

load common
load registry

setup_file() {
	need_registry
	command -v skopeo >/dev/null || skip "skopeo is missing"
	start_registry "$file_registry"
	make_image
	tar_to_registry "$REGISTRY/x/app:1"
}
setup() {
	fresh_client
	printf '%s\n' "FROM $REGISTRY/x/app:1 AS one" 'ENV A=1' 'COPY --chown=1:1 second.txt /s' 'FROM one' 'COPY --from=one /a /a2' 'RUN x' >context/Dockerfile
}
teardown() { stop_proxies; }

@test "without --resolve the plan says that it would be pulled, and asks nobody" {
	faulty none
	sed -i "s,$REGISTRY,$FAULTY," context/Dockerfile
	run "$VARVE" plan context
	[ "$status" -eq 1 ]
	[[ "$output" == *"a build would pull '$FAULTY/x/app:1'"* ]]
	[[ "${lines[0]}" == "⇣ PULL "* ]]
	[ ! -s requests ]
}

@test "with --resolve the plan goes on, no layer comes, nothing is written" {
	faulty none
	sed -i "s,$REGISTRY,$FAULTY," context/Dockerfile
	run "$VARVE" plan --resolve --format json context
	[ "$status" -eq 0 ]
	[ "$(jq -r '[.steps[] | .verdict] | join(" ")' <<<"$output")" = "miss miss miss late miss miss" ] ||
		{ jq -r '.steps[] | [.verdict, .why, .note] | join(" ")' <<<"$output"; false; }
	[ "$(jq -r '.steps[0].why' <<<"$output")" = base-pulled ]
	[ "$(jq -r '.steps[0].image' <<<"$output")" = "$("$VARVE" images -q --no-trunc --root "$BATS_FILE_TMPDIR/maker" app)" ]
	digest=$(skopeo inspect --tls-verify=false "docker://$REGISTRY/x/app:1" | jq -r .Digest)
	[ "$(jq -r '.steps[0].note' <<<"$output")" = "$FAULTY/x/app:1@$digest" ]
	[ "$(grep -c /blobs/ requests)" = 1 ]
	[ ! -e store ]
}

@test "an image that COPY --from names is late" {
	printf '%s\n' "FROM scratch" "COPY --from=$REGISTRY/x/app:1 /a /a" 'ENV A=1' >context/Dockerfile
	run "$VARVE" plan --resolve --format json context
	[ "$(verdicts <<<"$output")" = "hit late late" ]
	[ "$(jq -r '.steps[1].pull' <<<"$output")" = "$REGISTRY/x/app:1" ]
	run "$VARVE" plan --resolve context
	[ "$status" -eq 0 ]
	[[ "$output" == *"⇣ PULL   2 COPY"*"? LATE   3 ENV"*"1 hit 1 late 1 to pull"* ]]
}

@test "an editor's plans go on, too, and ask the registry once" {
	faulty none
	sed "s,$REGISTRY,$FAULTY,g" context/Dockerfile >text
	for i in 1 2; do
		printf 'text %d\n' "$(stat -c %s text)"
		cat text
	done >asked
	run "$VARVE" plan --serve --resolve context <asked
	[ "$status" -eq 0 ]
	[ "$(grep -c '"why":"base-pulled"' <<<"$output")" = 2 ]
	[ "$(grep -o '"error":0,"pull":1' <<<"$output" | wc -l)" = 2 ]
	[ "$(grep -c /blobs/ requests)" = 1 ]
	printf 'FROM %s/x/none\n' "$FAULTY" >text
	for i in 1 2; do
		printf 'text %d\n' "$(stat -c %s text)"
		cat text
	done >asked
	run "$VARVE" plan --serve --resolve context <asked
	[ "$(grep -c 'manifest for .*/x/none not found' <<<"$output")" = 2 ]
	[ "$(grep -c /x/none/ requests)" = 1 ]
}

@test "a base that is here is not asked for; one that is nowhere is said" {
	"$VARVE" load -q -i "$BATS_FILE_TMPDIR/app.tar" >/dev/null
	printf 'FROM app:1\nENV A=1\n' >context/Dockerfile
	run "$VARVE" plan --resolve context
	[ "$status" -eq 0 ]
	printf 'FROM %s/x/none\nENV A=1\n' "$REGISTRY" >context/Dockerfile
	run "$VARVE" plan --resolve context
	[ "$status" -eq 1 ]
	[[ "$output" == *"manifest for $REGISTRY/x/none not found"* ]]
	[[ "${lines[0]}" == "! FAIL "* ]]
	[[ "$output" == *"the build would fail"* ]]
}

@test "an image is planned against although its base is not here" {
	"$VARVE" load -q -i "$BATS_FILE_TMPDIR/app.tar" >/dev/null
	"$VARVE" tag app:1 "$REGISTRY/x/app:1"
	printf 'FROM %s/x/app:1\nENV A=1\nCOPY second.txt /s\n' "$REGISTRY" >context/Dockerfile
	"$VARVE" build -q -t built context >/dev/null
	"$VARVE" save -o built.tar built
	run "$VARVE" plan --root docker-archive:built.tar --resolve --against built --format json context
	[ "$(verdicts <<<"$output")" = "miss hit hit" ]
}
