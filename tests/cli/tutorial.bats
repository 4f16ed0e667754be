# The example that must always work (data/tutorial).

load common

setup() { fresh; with_base; }

images() { ls "$VARVE_ROOT/image/overlay2/imagedb/content/sha256" | wc -l; }

@test "the first build makes five images of five steps, each with its parent" {
	"$VARVE" build -t t:1 context >out
	[ "$(grep -c '^Step ./5 : ' out)" -eq 5 ]
	[ "$(images)" -eq 5 ]
	[ "$(cat "$VARVE_ROOT"/image/overlay2/imagedb/metadata/sha256/*/parent | grep -o sha256: | wc -l)" -eq 4 ]
}

@test "the second build uses the cache four times and makes no image" {
	"$VARVE" build -t t:1 context >first
	"$VARVE" build -t t:2 context >second
	[ "$(grep -c '^ ---> Using cache$' second)" -eq 4 ]
	[ "$(images)" -eq 5 ]
	grep -q '^Successfully tagged t:2$' second
}

@test "the changed file plans hit hit hit miss miss miss, and is built so" {
	"$VARVE" build -t t:1 context >first
	cp "$top_srcdir/data/tutorial/Dockerfile.changed" context/Dockerfile
	chmod 0644 context/Dockerfile
	"$VARVE" plan --format json context >plan.json
	[ "$(verdicts <plan.json)" = "hit hit hit miss miss miss" ]
	[ "$(jq -r '[.steps[3:][].why] | unique | length' plan.json)" -ge 2 ]
	"$VARVE" build -t t:3 context >third
	[ "$(grep -c 'Using cache' third)" -eq 2 ]
	[ "$(images)" -eq 8 ]
	[ "$("$VARVE" plan --format json context | verdicts)" = "hit hit hit hit hit hit" ]
	"$VARVE" fsck --layers
}

@test "the tour prints its three scenes without a terminal" {
	run sh "$top_srcdir/data/tutorial/tour.sh" "$VARVE" "$PWD/tour" </dev/null
	[ "$status" -eq 0 ]
	[[ $output == *"Scene 1"*"Scene 2"*"Scene 3"* ]]
	[ "$(grep -c '^Successfully built ' <<<"$output")" -eq 3 ]
}
