#!/usr/bin/env bats
# A registry as the cache of several machines: two stores that share nothing
# else, and builders that write at the same time.

bats_require_minimum_version 1.5.0

load common
load registry

setup_file() {
	need_registry
	start_registry "$file_registry"
}
setup() {
	fresh_client
	# The same base on every machine, as pulls give it.
	with_base
	"$VARVE" save -o base.tar alpine
	[ "$(id -u)" -eq 0 ] || "$VARVE" build -q context >/dev/null || skip "RUN does not work here"
	rm -r context
	mkdir context
	echo a >context/a.txt
	head -c 200000 /dev/urandom >context/big
	ref=$REGISTRY/$(basename "$BATS_TEST_TMPDIR")/cache:main
	for m in one two three; do "$VARVE" load -q -i base.tar --root "$m" >/dev/null; done
}
teardown() { stop_proxies; }

file() { printf '%s\n' "$@" >context/Dockerfile; }
build_on() { # MACHINE, then words
	local root=$1
	shift
	"$VARVE" build --root "$root" --cache-to type=registry,ref="$ref" --cache-from type=registry,ref="$ref" "$@" context
}
cached() { grep -c '^ ---> Using cache$' || true; }
layers_in() { find "$1/overlay2" -mindepth 1 -maxdepth 1 ! -name l | wc -l; }
blobs() { find "$BATS_FILE_TMPDIR/registry/data" -path "*/blobs/*" -name data | wc -l; }

@test "two machines get each other's hits, both ways" {
	file 'FROM alpine' 'RUN echo one >/one' 'COPY a.txt /a' 'ENV A=1' 'CMD ["x"]'
	build_on one >out
	[ "$(cached <out)" = 0 ]
	build_on two >out
	[ "$(cached <out)" = 4 ]
	[ "$("$VARVE" images -aq --no-trunc --root one | sort)" = "$("$VARVE" images -aq --no-trunc --root two | sort)" ]
	[ "$("$VARVE" fsck --root two)" = whole ]
	echo 'RUN echo two >/two' >>context/Dockerfile
	build_on two >out
	[ "$(cached <out)" = 4 ]
	build_on one >out
	[ "$(cached <out)" = 5 ]
	# What came from the cache is there for the store's own cache.
	"$VARVE" build --root one context >out
	[ "$(cached <out)" = 5 ]
}

@test "a layer comes when a miss or the image needs it, not before" {
	file 'FROM alpine' 'COPY a.txt /a' 'COPY big /big' 'ENV A=1'
	build_on one >/dev/null
	before=$(layers_in two)
	run "$VARVE" plan --root two --cache-from type=registry,ref="$ref" --format json context
	[ "$(verdicts <<<"$output")" = "hit hit hit hit" ]
	[ "$(layers_in two)" = "$before" ]
	file 'FROM alpine' 'COPY a.txt /a' 'ENV B=2' 'COPY big /big'
	build_on two >out
	[ "$(cached <out)" = 1 ]
	file 'FROM alpine' 'COPY a.txt /a' 'COPY big /big' 'RUN false'
	run build_on three
	[ "$status" -eq 1 ]
	[ "$(layers_in three)" -gt "$before" ]
	[ "$("$VARVE" fsck --root three)" = whole ]
}

request() { printf 'text %d\n' "$(stat -c %s "$1")"; cat "$1"; }
answers() { # of plan --serve: the verdicts of each
	python3 -c '
import json, sys
data = sys.stdin.buffer
data.readline()
for head in iter(data.readline, b""):
    kind, count = head.decode().split()
    body = data.read(int(count)).decode()
    print(body if kind == "error" else " ".join(s["verdict"] for s in json.loads(body)["steps"]))'
}

@test "a text that is not saved has the shared hits, and one registry is asked once" {
	file 'FROM alpine' 'COPY a.txt /a' 'ENV A=1' 'CMD ["x"]'
	build_on one >/dev/null
	cp context/Dockerfile whole
	{ cat whole; echo 'RUN more'; } >more
	request whole >single
	{ request whole; request more; request more; request whole; } >texts
	faulty none
	serve() { "$VARVE" plan --root two --serve --cache-from type=registry,ref="$FAULTY/${ref#*/}" context; }
	run -0 answers < <(serve <single)
	[ "$output" = 'hit hit hit hit' ]
	once=$(wc -l <requests)
	[ "$once" -gt 0 ]
	run -0 answers < <(serve <texts)
	[ "$output" = $'hit hit hit hit\nhit hit hit hit miss\nhit hit hit hit miss\nhit hit hit hit' ]
	[ "$(wc -l <requests)" -eq $((2 * once)) ]
	# The screen's plan, saved and not.
	printf 'wait plan\nsave saved\nkey :\ntype arg X=1\nkey Enter\nwait idle\nsave typed\nkey q\nkey q\n' >script
	"$VARVE" tui --headless --size 100x24 --script script --no-session --root two --cache-from type=registry,ref="$ref" context
	[ "$(grep -c HIT saved)" -ge 4 ]
	grep -q 'set-arg X=1' typed
	[ "$(grep -c HIT typed)" -eq "$(grep -c HIT saved)" ]
}

@test "stages: the last one's steps, with mode=max all" {
	file 'FROM alpine AS tool' 'COPY big /tool' 'RUN chmod 700 /tool' 'FROM alpine AS base' 'ENV A=1' 'FROM base' 'COPY --from=tool /tool /tool' 'RUN ls -l /tool'
	build_on one >/dev/null
	# ENV, and what stands on it: the sources are the same bytes.
	build_on two >out
	[ "$(cached <out)" = 3 ]
	"$VARVE" build --root one --cache-to "type=registry,ref=$ref,mode=max" context >/dev/null
	run "$VARVE" plan --root three --cache-from type=registry,ref="$ref" --format json context
	[[ "$(verdicts <<<"$output")" == "hit hit hit hit hit hit late late" ]]
	build_on three >out
	[ "$(cached <out)" = 5 ]
}

@test "another base, another argument, changed bytes are no hits" {
	file 'FROM alpine' 'ARG A=1' 'RUN echo $A' 'COPY a.txt /a'
	build_on one >/dev/null
	plan() { "$VARVE" plan --root two --cache-from type=registry,ref="$ref" --format json "$@" context | verdicts; }
	[ "$(plan)" = "hit hit hit hit" ]
	[ "$(plan --build-arg A=2)" = "hit hit miss miss" ]
	chmod 0755 context/a.txt
	[ "$(plan)" = "hit hit hit miss" ]
	tar -C context -cf - a.txt | "$VARVE" import --root two - alpine:latest >/dev/null
	[ "$(plan)" = "hit miss miss miss" ]
}

@test "builders that write at once lose nothing of each other" {
	for i in $(seq "${BUILDERS:-6}"); do
		"$VARVE" load -q -i base.tar --root "m$i" >/dev/null
		cp -r context "c$i"
		printf '%s\n' 'FROM alpine' 'COPY a.txt /a' 'ENV SHARED=1' "ENV OWN=$i" 'COPY big /big' >"c$i/Dockerfile"
	done
	pids=()
	for i in $(seq "${BUILDERS:-6}"); do
		"$VARVE" build -q --root "m$i" --cache-to type=registry,ref="$ref" --cache-from type=registry,ref="$ref" "c$i" >"log$i" 2>&1 3>&- &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do wait "$pid" || failed=$pid; done
	head -n 40 log*
	[ -z "${failed:-}" ]
	for i in $(seq "${BUILDERS:-6}"); do
		[ "$("$VARVE" plan --root two --cache-from type=registry,ref="$ref" --format json "c$i" | verdicts)" = "hit hit hit hit hit" ]
	done
	"$VARVE" build --root two --cache-from type=registry,ref="$ref" c1 >out
	[ "$(cached <out)" = 4 ]
	[ "$("$VARVE" fsck --root two)" = whole ]
}

@test "no registry, no cache, words that are wrong" {
	file 'FROM alpine' 'ENV A=1'
	run "$VARVE" build --root one --cache-from type=registry,ref=127.0.0.1:1/x/cache context
	[ "$status" -eq 0 ]
	[[ "$output" == *"cannot use the cache '127.0.0.1:1/x/cache"* ]]
	run "$VARVE" build --root one --cache-to type=registry,ref=127.0.0.1:1/x/cache context
	[ "$status" -eq 1 ]
	[[ "$output" == *"cannot write the cache '127.0.0.1:1/x/cache'"* ]]
	run "$VARVE" build --root one --cache-from type=local,src=x context
	[ "$status" -ne 0 ]
	[[ "$output" == *"type 'local' is not supported"* ]]
	run "$VARVE" build --root one --cache-to type=registry context
	[ "$status" -eq 2 ]
	run "$VARVE" build --root one --cache-to "type=registry,ref=$ref,mode=some" context
	[ "$status" -eq 2 ]
	run "$VARVE" plan --root one --cache-from "type=registry,ref=$REGISTRY/never/was" context
	[ "$status" -eq 0 ]
}

@test "an entry is an image that others pull" {
	command -v skopeo >/dev/null || skip "skopeo is missing"
	file 'FROM alpine' 'COPY a.txt /a'
	build_on one >/dev/null
	path=${ref#*/}
	tag=$(curl -s "http://$REGISTRY/v2/${path%:*}/tags/list" | jq -r '.tags[0]')
	[[ "$tag" =~ ^main-[0-9a-f]{32}-[0-9a-f]{64}$ ]]
	skopeo --insecure-policy copy -q --src-tls-verify=false "docker://${ref%:*}:$tag" oci:pulled:x
	[ "$("$VARVE" images -aq --no-trunc --root one | grep -c "${tag##*-}")" = 1 ]
}
