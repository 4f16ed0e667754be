# Hits of Docker's rule although bytes changed, and the two ways to see more:
# --strict, and the file modes of a newer client.

load common

setup() {
	fresh
	with_base
	rm -rf context
	mkdir context
}

decided() { "$VARVE" plan --format json "$@" context | verdicts; }
built() { "$VARVE" build "$@" context | grep -c 'Using cache' || :; }

@test "a second hard link's content: a hit with a warning, a miss when strict" {
	echo x >context/a
	ln context/a context/b
	printf 'FROM alpine\nCOPY b /d/\n' >context/Dockerfile
	"$VARVE" build -q context
	echo y >context/a
	[ "$(decided)" = "hit hit" ]
	"$VARVE" plan context | grep 'warning: `b` changed'
	[ "$(decided --strict)" = "hit miss" ]
	[ "$(built)" = 1 ]
	[ "$(built --strict)" = 0 ]
	[ "$(decided --strict)" = "hit hit" ]
	[ "$(built --strict)" = 1 ]
}

@test "--client-mode 28 is a key of its own, for directories and files" {
	mkdir context/d
	echo x >context/d/f
	printf 'FROM alpine\nCOPY d /d/\nCOPY d/f /\n' >context/Dockerfile
	"$VARVE" build -q context
	[ "$(decided --client-mode 28)" = "hit miss miss" ]
	"$VARVE" build -q --client-mode 28 context
	[ "$(decided --client-mode 28)" = "hit hit hit" ]
	[ "$(decided --client-mode 20.10)" = "hit hit hit" ]
	run "$VARVE" plan --client-mode 27 context
	[ "$status" -eq 2 ]
	[[ $output == *"invalid value '27' for --client-mode"* ]]
}
