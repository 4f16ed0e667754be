# The tree of images: what stands on what, recorded or not.

bats_require_minimum_version 1.5.0

load common

setup() {
	fresh
	with_base
	"$VARVE" build --network none -q -t demo:1 context
}

# IDs, sizes of the base and times are masked.
plain() { mask | sed -E 's/ +[0-9.]+ MB/ #/g; s/[0-9]{4}-[0-9]{2}-[0-9]{2}/DATE/; s/ +$//'; }

@test "the tree draws recorded parents as lines and tells sizes and sharing" {
	run bash -c '"$0" tree | tail -n +2' "$VARVE"
	[ "$(plain <<<"$output")" = '└─▪ X     0 B #    2x DATE  RUN echo first
  ▪ X     7 B #       DATE  COPY file:X in .
  ▪ X     6 B #       DATE  ADD file:X in .
  ▪ demo:1 X     0 B #       DATE  CMD ["echo" "fourth"]' ]
}

@test "a loaded image hangs where its layers belong, and the line says so" {
	"$VARVE" save -o two.tar demo:1 alpine
	export VARVE_ROOT=$PWD/second
	"$VARVE" load -i two.tar
	run "$VARVE" tree
	[ "$(plain <<<"$output")" = '▪ alpine:latest X # #    2x DATE
└┄▪ demo:1 by layers X    13 B #       DATE  CMD ["echo" "fourth"]' ]
	LC_ALL=C "$VARVE" tree | grep -q '^`~o demo:1 '
	"$VARVE" tree --format json >out
	base=$("$VARVE" images -q --no-trunc alpine)
	[ "$(jq -c '.images[] | select(.tags == ["demo:1"]) | [.parent, .by_layers, .own_size, .shared_by, .kept_by]' out)" = '[null,true,13,1,[]]' ]
	[ "$(jq -r '.images[] | select(.tags == ["demo:1"]) | .stands_on' out)" = "$base" ]
}

@test "an image tells why it cannot be removed" {
	"$VARVE" tree --format json >out
	child=$("$VARVE" history -q demo:1 | sed -n 4p)
	[ "$(jq -r '.images[] | select(.tags == ["alpine:latest"]) | .kept_by[]' out)" = "1 child stands on it: $child" ]
	mkdir -p store/containers/c0ffee012345678
	id=$("$VARVE" images -q --no-trunc demo)
	echo "{\"Image\":\"$id\",\"Name\":\"/one\"}" >store/containers/c0ffee012345678/config.v2.json
	[ "$("$VARVE" tree --format json | jq -r '.images[] | select(.tags == ["demo:1"]) | .kept_by[]')" = 'a container uses it: c0ffee012345 (one)' ]
	"$VARVE" tag demo:1 other/name:2
	[ "$("$VARVE" tree --format json | jq -r '.images[] | select(.tags[0] == "demo:1") | .kept_by[1]')" = '2 names mean it: demo:1 other/name:2' ]
	run "$VARVE" rmi "${id#sha256:}"
	[ "$status" -eq 1 ]
}

@test "a filter keeps what leads to a match; all words must hold" {
	run "$VARVE" tree --filter 'add FILE:'
	[ "$(plain <<<"$output")" = '▪ alpine:latest X # #    2x DATE
└─▪ X     0 B #    2x DATE  RUN echo first
  ▪ X     7 B #       DATE  COPY file:X in .
  ▪ X     6 B #       DATE  ADD file:X in .' ]
	[ "$("$VARVE" tree --filter tagged | wc -l)" -eq 5 ]
	run --separate-stderr "$VARVE" tree --filter dangling
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[[ $stderr == "varve: no image matches in the store "* ]]
	"$VARVE" rmi --no-prune demo:1
	"$VARVE" tree --filter dangling | tail -1 | grep -q 'ADD file:'
}

@test "sorting gives a flat list by size, creation or name" {
	[[ $("$VARVE" tree --sort size | head -1) == '▪ demo:1 '* ]]
	[[ $("$VARVE" tree --sort created | head -1) == '▪ demo:1 '* ]]
	[[ $("$VARVE" tree --sort name | head -1) == '▪ alpine:latest '* ]]
	[ "$("$VARVE" tree --sort name | wc -l)" -eq 5 ]
	run "$VARVE" tree --sort odd
	[ "$status" -eq 2 ]
}
