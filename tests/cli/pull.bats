# An image that a build pulls first: no failure, and what is behind it is open.

bats_require_minimum_version 1.5.0

load common

setup() { fresh; }

@test "plan says PULL, what helps, and how many steps are open" {
	run -1 "$VARVE" plan context
	[ "$output" = "⇣ PULL   1 FROM alpine:latest
           the image is not in the store: a build would pull 'alpine:latest'
           varve pull alpine:latest brings it
           varve copy docker-daemon:alpine:latest alpine:latest takes it from docker
           --resolve plans on by what the registry tells
1 to pull · 4 steps not known yet" ]
	LC_ALL=C run -1 "$VARVE" plan context
	[[ ${lines[0]} == "v PULL   1 FROM alpine:latest" ]]
}

@test "what is known before it stays; COPY --from pulls as FROM does" {
	with_base
	printf 'FROM alpine\nENV A=1\nCOPY --from=tool:2 /a /b\n' >context/Dockerfile
	run -1 "$VARVE" plan context
	[[ $output == *"⇣ PULL   3 COPY --from=tool:2 /a /b
           the image is not in the store: a build would pull 'tool:2'
           varve pull tool:2 brings it"* ]]
	[ "${lines[-1]}" = "1 hit 1 miss 1 to pull" ]
}

@test "JSON: the verdict and the exit status are as they were, pull says more" {
	run -1 "$VARVE" plan --detailed-exitcode --format json context
	[ "$(jq -c '.steps[] | [.verdict, .why, .pull]' <<<"$output")" = \
		'["error","base-missing","alpine:latest"]' ]
	[ "$(jq -c '.summary | [.error, .pull, .estimate_ms]' <<<"$output")" = \
		'[1,1,null]' ]
	with_base
	run -0 "$VARVE" plan --format json context
	[ "$(jq -c '[.steps[].pull, .summary.pull]' <<<"$output")" = \
		'[null,null,null,null,null,0]' ]
}

@test "what no pull brings fails" {
	for name in NO:x:y "sha256:$(printf %064d 1)"; do
		echo "FROM $name" >context/Dockerfile
		run -1 "$VARVE" plan context
		[[ ${lines[0]} == "! FAIL "* && $output != *PULL* ]]
		[ "$("$VARVE" plan --format json context | jq -c '.steps[0].pull')" = null ]
	done
}

@test "why: the same of the step, and of those behind it" {
	run -1 "$VARVE" why 1 context
	[[ ${lines[0]} == "⇣ PULL step 1 of 5, line 1" ]]
	[[ $output == *"varve pull alpine:latest brings it"* ]]
	for step in 3 L3 0:3; do
		run -1 "$VARVE" why $step context
		[ "$output" = "varve: step '$step' is not known until 'alpine:latest' is pulled (step 1, line 1)" ]
	done
	for step in 0 9 L99 1:1 0:6 0:x nosuch:1 bogus; do
		run -1 "$VARVE" why $step context
		[ "$output" = "varve: 'Dockerfile' has no step '$step' (it has 5)" ]
	done
	with_base
	sed -i s/second.txt/none.txt/ context/Dockerfile
	run -1 "$VARVE" why 4 context
	[ "$output" = "varve: step '4' is not planned: step 3, line 3, would fail" ]
}

@test "another root is named; one that varve does not write gets no images" {
	run -1 "$VARVE" plan --root other context
	[[ $output == *"varve pull --root other alpine:latest brings it"* ]]
	mkdir -p foreign/image
	run -1 "$VARVE" plan --root foreign context
	[[ ${lines[0]} == "⇣ PULL "* && $output != *"varve pull"* ]]
	[[ $output == *"--resolve plans on"* ]]
}

@test "what helps can be pasted: a platform, a root with a blank" {
	echo 'FROM --platform=linux/arm64 tool:1' >context/Dockerfile
	run -1 "$VARVE" plan --root "a b" context
	[[ $output == *"varve pull --root 'a b' --platform linux/arm64 tool:1 brings it"* ]]
	[[ $output == *"varve copy --root 'a b' --platform linux/arm64 docker-daemon:tool:1 tool:1 takes"* ]]
	run -1 "$VARVE" plan --platform linux/s390x --format json context
	[ "$(jq -r '.steps[0].pull_platform' <<<"$output")" = linux/arm64 ]
	echo 'FROM tool:1' >context/Dockerfile
	run -1 "$VARVE" plan --platform linux/s390x context
	[[ $output == *"varve pull --platform linux/s390x tool:1 brings it"* ]]
}

@test "what is imagined before a pull has no cost" {
	run -1 "$VARVE" plan --drop 2 context
	[[ $output == *"time      not known           not known"* ]]
}
