# A store that varve wrote, opened by dockerd; archives in both directions.

load common

setup_file() { need_dockerd; }

setup() {
	fresh
	with_base
	d=$BATS_TEST_TMPDIR/d
}

teardown() { load common; stop_dockerd "$BATS_TEST_TMPDIR/d" "$BATS_TEST_TMPDIR/store"; stop_dockerd "$BATS_TEST_TMPDIR/d"; }

@test "dockerd lists, explains, runs, saves and reuses what varve built" {
	id=$("$VARVE" build -q -t app:1 context)
	"$VARVE" images -aq --no-trunc | sort -u >ids
	start_dockerd "$d" "$PWD/store"
	dock "$d" images -aq --no-trunc | sort -u | diff ids -
	! dock "$d" history app:1 | grep -q '<missing>'
	[ "$(dock "$d" run --rm --network=host app:1)" = fourth ]
	[ "$(dock "$d" run --rm --network=host app:1 cat /second.txt)" = second ]
	dock "$d" save -o saved.tar app:1
	run dock_build "$d" -t app:2 context
	[ "$status" -eq 0 ]
	[ "$(docker_verdicts <<<"$output")" = "hit hit hit hit hit" ]
	[ "$(dock "$d" images -q --no-trunc app:2)" = "$id" ]
	dock "$d" rmi app:1 app:2
	[ "$(dock "$d" images -aq | wc -l)" -eq 1 ]
}

@test "docker load takes varve save and varve load takes docker save, IDs kept" {
	id=$("$VARVE" build -q -t app:1 context)
	"$VARVE" save -o app.tar app:1
	start_dockerd "$d"
	dock "$d" load -i app.tar | grep -q '^Loaded image: app:1$'
	[ "$(dock "$d" images -q --no-trunc app:1)" = "$id" ]
	dock "$d" save -o back.tar app:1
	VARVE_ROOT=$PWD/second "$VARVE" load -i back.tar | grep -q '^Loaded image: app:1$'
	[ "$(VARVE_ROOT=$PWD/second "$VARVE" images -q --no-trunc app:1)" = "$id" ]
	VARVE_ROOT=$PWD/second "$VARVE" fsck --layers
	dock "$d" rmi app:1
	dock "$d" import - alpine:latest <"$(base_tar)"
	id=$(dock_build "$d" -q -t mine context)
	dock "$d" save mine | VARVE_ROOT=$PWD/second "$VARVE" load
	[ "$(VARVE_ROOT=$PWD/second "$VARVE" images -q --no-trunc mine)" = "$id" ]
}
