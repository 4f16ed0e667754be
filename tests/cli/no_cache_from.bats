# A build that uses the cache up to a line, and not from there on.

bats_require_minimum_version 1.5.0

load common

setup() {
	fresh
	with_base
	cat >context/Dockerfile <<-'END'
	FROM alpine AS one
	RUN echo a
	RUN echo b
	RUN echo c
	FROM alpine AS two
	RUN echo d
	COPY --from=one /etc /e
	RUN echo f
	END
	"$VARVE" build -q -t app context
}

plan() { "$VARVE" plan --format json "$@" context | verdicts; }

@test "the step and what follows in its stage miss, other stages do not" {
	[ "$(plan)" = "hit hit hit hit hit hit hit hit" ]
	[ "$(plan --no-cache-from 6)" = "hit hit hit hit hit miss miss miss" ]
	[ "$(plan --no-cache-from 3 --target one)" = "hit hit miss miss" ]
	[[ $(plan --no-cache-from 3) = "hit hit miss miss hit hit late "* ]]
}

@test "that of a FROM is its whole stage" {
	[ "$(plan --no-cache-from 5)" = "hit hit hit hit hit miss miss miss" ]
	[[ $(plan --no-cache-from 1) = "hit miss miss miss hit hit late "* ]]
}

@test "the build does what the plan says, and the next one is all hit" {
	run -0 "$VARVE" build --no-cache-from 3 -t again context
	[ "$(grep -c 'Using cache' <<<"$output")" -ge 2 ]
	[[ $output = *"Step 2/8 : RUN echo a
 ---> Using cache"* ]]
	[[ $output != *"Step 3/8 : RUN echo b
 ---> Using cache"* ]]
	[[ $output != *"Step 4/8 : RUN echo c
 ---> Using cache"* ]]
	[ "$(plan)" = "hit hit hit hit hit hit hit hit" ]
}

@test "the reason names the line; a line without an instruction is refused" {
	run -0 "$VARVE" why --no-cache-from 3 L3 context
	[[ $output = *"from line 3 on"* ]]
	run -2 "$VARVE" plan --no-cache-from 99 context
	[[ $output = *"no instruction begins on line 99"* ]]
}
