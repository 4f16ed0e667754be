# ADD of URLs: varve and a dockerd 20.10 build the same, step by step.

load common
load web

setup_file() {
	need_dockerd
	need_web
	export D=$BATS_FILE_TMPDIR/d WEB=$BATS_FILE_TMPDIR/web
	start_web "$WEB"
	cp "$(base_tar)" "$WEB/files/base.tar"
	start_dockerd "$D"
	dock "$D" import - alpine:latest <"$(base_tar)"
}

teardown_file() {
	stop_web "$WEB"
	stop_dockerd "$D"
}

setup() {
	fresh
	with_base
	web=$(web_address "$WEB")
	printf 'FROM alpine\n' >context/Dockerfile
	touch -d @1600000000 context/*
}

add() { echo "ADD $*" >>context/Dockerfile; }

# Both build; the masked output, the exit code and the error are the same.
both() {
	local code=0 docker_code=0
	dock_build "$D" "$@" context >docker.out 2>docker.err || docker_code=$?
	"$VARVE" build "$@" context >out 2>err || code=$?
	[ "$code" -eq "$docker_code" ]
	diff <(mask <docker.out) <(mask <out)
	diff docker.err err
	status=$code
}

keys() { "$VARVE" history --format json "$1" | jq -r '.[].created_by'; }

@test "names, keys, times, owners and output of downloads are docker's, and the second build hits" {
	add "$web/dated.txt /a/"
	add "$web/undated /a/"
	add "$web/chunked /a/"
	add "$web/empty /a/"
	add "$web/ /a/"
	add "$web/unnamed/ /b"
	add "$web/unnamed/ /a"
	add "--chown=1:2 $web/moved second.txt nomatch* $web/files/base.tar /m/"
	echo "RUN stat -c '%n %A %u %g %s %Y' /a/* /b /m/*" >>context/Dockerfile
	both -t app
	keys app | diff <(dock "$D" history --no-trunc --format '{{.CreatedBy}}' app) -
	both -t app
	[ "$(grep -c 'Using cache' out)" -eq 9 ]
}

@test "a second download that differs misses, the same again hits" {
	echo one >"$WEB/files/changing"
	add "$web/files/changing /"
	echo 'RUN cat /changing' >>context/Dockerfile
	both
	both
	echo two >"$WEB/files/changing"
	both
	echo one >"$WEB/files/changing"
	both
	both --no-cache
	sed -i '1a ENV busted=1' context/Dockerfile
	both
}

@test "what cannot be fetched, named or found fails in docker's words and order" {
	local line
	for line in "$web/unnamed/ /x/" "$web/404 /x" "http://127.0.0.1:1/404 /x" \
		"$web/dated.txt missing /x/" "missing $web/404 /x/" "$web/404 missing /x/" \
		"$web/dated.txt second.txt /x" "http:///x /y" "--chown=nobodyx $web/dated.txt /y" \
		"ftp://127.0.0.1/x /y" "HTTP://127.0.0.1/x /y"; do
		printf 'FROM alpine\nADD %s\n' "$line" >context/Dockerfile
		both
		[ "$status" -ne 0 ]
	done
}

@test "a preview downloads nothing: late, and a miss behind a miss" {
	add "http://127.0.0.1:1/x /"
	echo 'RUN true' >>context/Dockerfile
	[ "$("$VARVE" plan --format json context | verdicts)" = "hit late late" ]
	sed -i '1a ENV new=1' context/Dockerfile
	[ "$("$VARVE" plan --format json context | verdicts)" = "hit miss miss miss" ]
}
