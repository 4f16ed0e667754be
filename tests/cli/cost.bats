# What a plan says the next build takes, beside what it takes. Prints both;
# judges only what a busy machine cannot blur.

bats_require_minimum_version 1.5.0

load common

setup() {
	fresh
	with_base
}

@test "the estimate is near the time that the build takes" {
	local estimate start took
	cat >context/Dockerfile <<-'END'
	FROM alpine
	ARG V=1
	RUN sleep 0.5 && echo $V
	COPY big /big
	RUN dd if=/dev/zero of=/z bs=1M count=30 2>/dev/null && sleep 0.5
	RUN sleep 0.5
	END
	head -c 20000000 /dev/zero >context/big
	"$VARVE" build -q context
	echo other >>context/big
	"$VARVE" plan --build-arg V=2 --format json context >plan
	[ "$(jq .summary.estimate_unknown plan)" -eq 0 ]
	estimate=$(jq .summary.estimate_ms plan)
	[ "$(jq .summary.estimate_size plan)" -ge 51457280 ]
	start=$(date +%s%N)
	"$VARVE" build -q --build-arg V=2 context
	took=$((($(date +%s%N) - start) / 1000000))
	echo "# estimated $estimate ms, took $took ms" >&3
	[ "$estimate" -ge 1500 ]
	[ "$estimate" -le $((took * 2)) ] && [ "$took" -le $((estimate * 2)) ]
}

@test "what a COPY from the context will write is what its files hold" {
	printf 'FROM alpine\nCOPY . /app/\nCOPY third.txt second.txt /t/\nCOPY hard /h\n' >context/Dockerfile
	mkdir context/sub
	echo 12345 >context/sub/a
	ln context/sub/a context/hard
	ln -s sub/a context/link
	sizes() { "$VARVE" plan --format json "$@" context | jq -c '[.steps[1:][].size]'; }
	sizes >before
	"$VARVE" build -q context
	sizes | diff - before
	for image in $("$VARVE" plan --format json context | jq -r '.steps[1:][].image'); do
		"$VARVE" history --format json "$image" | jq '.[0].size'
	done | jq -cs . | diff - before
	# One name of two: its bytes are not elsewhere.
	printf 'FROM alpine\nCOPY sub /s\nCOPY sub hard /two/\n' >context/Dockerfile
	[ "$(sizes)" = '[6,12]' ]
	"$VARVE" build -q context
	[ "$(sizes)" = '[6,12]' ]
	printf 'FROM alpine\nCOPY . /app/\nCOPY third.txt second.txt /t/\nCOPY hard /h\n' >context/Dockerfile
	# By another .dockerignore, too; the file itself is one of them.
	[ "$(sizes --ignore third.txt --ignore .dockerignore | jq '.[0]')" -eq $(($(jq '.[0]' before) - 6)) ]
}

@test "what was never built has no estimate, and that is said" {
	printf 'FROM alpine\nRUN echo never\nCMD ["x"]\n' >context/Dockerfile
	"$VARVE" plan context | tail -1 | grep -q 'next build: time not known'
	[ "$("$VARVE" plan --format json context | jq -c '[.summary.estimate_ms, .summary.estimate_unknown]')" = "[null,1]" ]
}
