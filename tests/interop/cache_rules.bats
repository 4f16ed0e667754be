# The rules of the cache, one by one: what dockerd 20.10 decides, what a plan on
# its root foretold, and what varve decides and foretold on a root of its own.

load common

setup_file() { need_dockerd; }

setup() {
	fresh
	with_base
	d=$BATS_TEST_TMPDIR/d
	start_dockerd "$d"
	"$VARVE" save alpine | dock "$d" load >/dev/null
	c=context
	rm -f "$c"/*
	touch -d @1600000000 "$c"
}

teardown() { load common; stop_dockerd "$BATS_TEST_TMPDIR/d"; }

file() { printf '%s\n' "$@" >context/Dockerfile; }

# agree EXPECTED ARGS…: dockerd decides so for each step, and so does the rest.
agree() {
	local expected=$1 foretold own
	shift
	foretold=$("$VARVE" plan --root "$d/root" --format json "$@" context | verdicts)
	own=$("$VARVE" plan --format json "$@" context | verdicts)
	dock_build "$d" "$@" context >docker.out 2>docker.err
	"$VARVE" build "$@" context >out 2>err
	echo "docker $(docker_verdicts <docker.out) | foretold $foretold | own $own | varve $(docker_verdicts <out)"
	[ "$(docker_verdicts <docker.out | xargs)" = "$expected" ]
	[ "$(docker_verdicts <out | xargs)" = "$expected" ]
	# LATE: a stage or a download has to come first.
	[[ $foretold =~ ^${expected//miss/(miss|late)}$ ]]
	[[ $own =~ ^${expected//miss/(miss|late)}$ ]]
	# Bytes that are no UTF-8 come through docker's JSON as U+FFFD.
	diff <(mask <docker.out | iconv -c -f UTF-8 -t ASCII) <(mask <out | iconv -c -f UTF-8 -t ASCII)
}

both() { "$VARVE" "$@" && dock "$d" "$@"; } # for verbs with docker's words

@test "1.2: of several children the newest wins, and tags do not matter" {
	file 'FROM alpine' 'ENV a=1' 'RUN true'
	agree "hit miss miss" -t one
	agree "hit miss miss" --no-cache -t two
	agree "hit hit hit"
	[ "$(dock "$d" images -q two)" = "$(sed -n 's/Successfully built //p' docker.out)" ]
	[ "$("$VARVE" images -q two)" = "$(sed -n 's/Successfully built //p' out)" ]
	both rmi one two >/dev/null
	agree "hit miss miss"
}

@test "1.2: a child that docker commit made counts, one that was loaded does not" {
	# A step's environment has a PATH, a container's only if its image has.
	file 'FROM alpine' 'ENV a=1'
	dock_build "$d" -t withpath context
	dock "$d" run -d --net=host --name made withpath /bin/sh -c 'echo x' >id
	dock "$d" wait made
	dock "$d" commit made >/dev/null
	file 'FROM withpath' 'RUN echo x' 'RUN echo y'
	[ "$("$VARVE" plan --root "$d/root" --format json context | verdicts)" = "hit hit miss" ]
	dock_build "$d" -t built context >docker.out
	[ "$(docker_verdicts <docker.out | xargs)" = "hit hit miss" ]
	dock "$d" rm made
	dock "$d" save built >built.tar
	dock "$d" rmi built
	dock "$d" image prune -f >/dev/null
	dock "$d" load <built.tar
	[ "$("$VARVE" plan --root "$d/root" --format json context | verdicts)" = "hit miss miss" ]
	[ "$("$VARVE" plan --root "$d/root" --format json context | jq -r '.steps[1].why')" = not-built-here ]
	dock_build "$d" context >docker.out
	[ "$(docker_verdicts <docker.out | xargs)" = "hit miss miss" ]
}

@test "1.4: ENTRYPOINT [] over an entrypoint, USER of nothing over a user, bytes that are no UTF-8: a miss every time" {
	file 'FROM alpine' 'ENTRYPOINT ["a"]' 'USER u'
	agree "hit miss miss" -t withentry
	file 'FROM withentry' 'ENV x=1' 'ENTRYPOINT []'
	agree "hit miss miss"
	agree "hit hit miss"
	agree "hit hit miss"
	file 'FROM withentry' 'USER $EMPTY'
	agree "hit miss"
	agree "hit miss"
	printf 'FROM alpine\nRUN echo \xff\xfe\nENV a=1\n' >context/Dockerfile
	agree "hit miss miss"
	agree "hit miss miss"
	file 'FROM alpine' 'CMD ["a"]' 'CMD []'
	agree "hit miss miss"
	agree "hit hit hit"
}

@test "1.4: an earlier HEALTHCHECK leaks into a later one that runs, not into one that hits" {
	file 'FROM alpine' 'HEALTHCHECK --interval=5s --retries=65 CMD a' 'HEALTHCHECK NONE'
	agree "hit miss miss" -t leak
	[ "$(dock "$d" inspect -f '{{json .Config.Healthcheck}}' leak)" = "$("$VARVE" inspect leak | jq -c '.[0].Config.Healthcheck')" ]
	echo 'ENV a=1' >>context/Dockerfile
	agree "hit hit hit miss" -t leak
	[ "$(dock "$d" inspect -f '{{json .Config.Healthcheck}}' leak)" = "$("$VARVE" inspect leak | jq -c '.[0].Config.Healthcheck')" ]
}

@test "1.6: FROM scratch hits whatever has no parent, loaded images too" {
	echo a >context/a
	echo b >context/b
	file 'FROM scratch' 'COPY a /' 'COPY b /'
	agree "hit miss miss" -t two
	both save -o two.tar two
	both rmi two >/dev/null
	dock "$d" load <two.tar
	"$VARVE" load <two.tar
	file 'FROM scratch' 'COPY b /'
	agree "hit hit"
	file 'FROM scratch' 'COPY a /'
	agree "hit miss"
}

@test "1.7: with --cache-from the local cache alone is not enough; history restores" {
	file 'FROM alpine' 'ENV a=1' 'RUN echo one' 'RUN echo two'
	agree "hit miss miss miss" -t src
	agree "hit miss miss miss" --cache-from missing
	agree "hit hit hit hit" --cache-from src
	dock "$d" save src >src.tar
	both rmi -f src >/dev/null
	dock "$d" image prune -f >/dev/null
	"$VARVE" prune -f >/dev/null
	dock "$d" load <src.tar
	"$VARVE" load <src.tar
	agree "hit miss miss miss"
	agree "hit hit hit hit" --cache-from src
	file 'FROM alpine' 'ENV a=1' 'RUN echo one' 'RUN echo other' 'ENV z=1'
	agree "hit hit hit miss miss" --cache-from src
	agree "hit hit hit miss miss" --cache-from missing,src
}

@test "1.8: --no-cache asks in no stage; the next build takes what it made" {
	file 'FROM alpine AS a' 'ENV a=1' 'FROM alpine' 'ENV b=1'
	agree "hit miss hit miss"
	agree "hit miss hit miss" --no-cache
	agree "hit hit hit hit"
}

@test "1.9: any platform will do for FROM, but COPY after a step asks again" {
	echo a >context/a
	file 'FROM alpine' 'COPY a /' 'ENV a=1'
	agree "hit miss miss" --platform linux/arm64
	agree "hit hit hit" --platform linux/arm64
	file 'FROM --platform=foo/bar alpine' 'COPY a /'
	agree "hit hit"
	file 'FROM alpine' 'ENV b=2' 'COPY a /'
	code=0
	dock_build "$d" --platform linux/arm64 context >docker.out 2>docker.err || code=$?
	status=0
	"$VARVE" build --platform linux/arm64 context >out 2>err || status=$?
	[ "$status" -eq "$code" ]
	[ "$code" -ne 0 ]
	diff <(mask <docker.err) <(mask <err)
}

@test "1.10: a miss in one stage does not stop another; an equal tree is an equal source" {
	echo a >context/a
	file 'FROM alpine AS one' 'COPY a /x/' 'RUN true' 'FROM alpine' 'ENV b=1' 'COPY --from=one /x /y'
	agree "hit miss miss hit miss miss"
	agree "hit hit hit hit hit hit"
	file 'FROM alpine AS other' 'COPY a /x/' 'RUN true && true' 'FROM alpine' 'ENV b=1' 'COPY --from=other /x /y'
	dock_build "$d" context >docker.out
	"$VARVE" build context >out
	diff <(mask <docker.out) <(mask <out)
	[ "$(docker_verdicts <out | xargs)" = "hit hit miss hit hit hit" ]
}

@test "1.11: triggers are asked like steps" {
	echo a >context/a
	file 'FROM alpine' 'ONBUILD COPY a /' 'ONBUILD RUN cat /a' 'ONBUILD ENV t=1'
	agree "hit miss miss miss" -t parent
	file 'FROM parent' 'ENV last=1'
	for want in 0 4; do
		dock_build "$d" context >docker.out
		"$VARVE" build context >out
		diff <(mask <docker.out) <(mask <out)
		[ "$(grep -c 'Using cache' out)" -eq "$want" ]
	done
	echo b >context/a
	dock_build "$d" context >docker.out
	"$VARVE" build context >out
	diff <(mask <docker.out) <(mask <out)
}

@test "1.12: what of a context file is in the key" {
	mkdir context/dir context/dir/sub
	echo a >context/a
	echo f >context/dir/f
	ln -s f context/dir/link
	echo g >context/dir/g
	echo h >context/h1
	ln context/h1 context/h2
	file 'FROM alpine' 'COPY a dir /x/' 'COPY h2 /'
	agree "hit miss miss"
	touch -d @1500000000 context/a context/dir/f
	chown 7:8 context/a
	setfattr -n user.x -v y context/a 2>/dev/null || true
	agree "hit hit hit"
	chmod 0600 context/a
	agree "hit miss miss"
	chmod 0700 context/dir/sub
	agree "hit miss miss"
	chmod 0711 context/dir
	agree "hit miss miss"
	mv context/dir/f context/dir/renamed
	ln -sf renamed context/dir/link
	agree "hit miss miss"
	ln -sf g context/dir/link
	agree "hit miss miss"
	ln -sf ./g context/dir/link
	agree "hit hit hit"
	echo changed >context/h1
	agree "hit hit hit"
}

@test "1.12: destinations and owners as they are written, sources as they are meant" {
	mkdir context/out
	echo a >context/out/a
	for dest in . ./ / /.; do
		file 'FROM alpine' "COPY out $dest"
		agree "hit miss"
	done
	for src in ./out /out out; do
		file 'FROM alpine' "COPY $src /"
		agree "hit hit"
	done
	for chown in 0 0:0; do
		file 'FROM alpine' "COPY --chown=$chown out /"
		agree "hit miss"
	done
}

@test "1.12: build arguments reach the first RUN below their ARG" {
	echo a >context/a
	file 'FROM alpine' 'RUN echo before' 'ARG A=1' 'ENV e=1' 'COPY a /' 'RUN echo after' 'ENV v=$A'
	agree "hit miss miss miss miss miss miss"
	agree "hit hit hit hit hit miss miss" --build-arg A=2
	agree "hit hit hit hit hit hit hit"
	file 'FROM alpine' 'ARG A=1' 'ENV v=$A'
	agree "hit miss miss"
	agree "hit hit miss" --build-arg A=2
	file 'FROM alpine' 'RUN echo proxied'
	agree "hit miss"
	agree "hit miss" --build-arg http_proxy=x
	agree "hit hit" --build-arg http_proxy=y
}

@test "1.12: with -f outside and a .dockerignore COPY . never hits" {
	echo a >context/a
	echo nothing >context/.dockerignore
	printf 'FROM alpine\nCOPY . x\n' >outside
	agree "hit miss" -f outside
	agree "hit miss" -f outside
	[ "$("$VARVE" plan --format json -f outside context | jq -r '.steps[1].why')" = never-hits ]
}

@test "store.md 1.5: 125 layers are made, one more is too deep" {
	echo a >context/f
	{ echo 'FROM scratch'; for i in $(seq 125); do echo "COPY f /f$i"; done; } >context/Dockerfile
	"$VARVE" build -q -t deep context
	"$VARVE" fsck
	printf 'FROM deep\nCOPY f /one-more\n' >context/Dockerfile
	run "$VARVE" build context
	[ "$status" -eq 1 ]
	[ "${lines[-1]}" = "max depth exceeded" ]
	"$VARVE" fsck
}
