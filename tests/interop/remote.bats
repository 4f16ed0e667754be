# Contexts from the web and from git, beside docker's client and daemon.

load common
load web

setup_file() {
	need_dockerd
	need_web
	export D=$BATS_FILE_TMPDIR/d WEB=$BATS_FILE_TMPDIR/web GIT_PORT_FILE=$BATS_FILE_TMPDIR/git-port
	start_web "$WEB"
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
	mkdir context/sub
	printf 'FROM alpine\nCOPY . /c/\nRUN find /c | grep -v /.git | sort\n' >context/Dockerfile
	printf 'FROM alpine\nCOPY second.txt /\nRUN cat /second.txt\n' >context/sub/D
	touch -d @1600000000 context/* context/sub/*
}

teardown() {
	[ ! -e git-pid ] || kill "$(cat git-pid)" || true
}

# What is said of the download and of its size is left out.
steps() { sed -n '/Step 1\//,$p' | sed 's/.*Step 1\//Step 1\//' | mask; }

both() {
	local code=0 docker_code=0
	cat >in
	dock_build "$D" "$@" <in >docker.out 2>docker.err || docker_code=$?
	TMPDIR=${tmp:-/tmp} "$VARVE" build "$@" <in >out 2>err || code=$?
	echo "$*: docker $docker_code $(head -n 1 docker.err), varve $code $(head -n 1 err)"
	[ "$code" -eq "$docker_code" ]
	diff <(steps <docker.out) <(steps <out)
	diff <(sed 's/^Error response from daemon: //; s/docker-build-git[0-9A-Za-z]*/TMP/' docker.err | head -n 1) \
		<(sed "s|${tmp:-/tmp}/|/tmp/|; s/docker-build-git[0-9A-Za-z]*/TMP/" err | head -n 1)
}

@test "a tar from the web, plain or packed, with -f and .dockerignore" {
	tar -C context -cf "$WEB/files/c.tar" .
	tar -C context -czf "$WEB/files/c.tgz" .
	tar -C context -cJf "$WEB/files/c.txz" .
	printf 'Dockerfile\n.dockerignore\nsub\n' >context/.dockerignore
	tar -C context -cf "$WEB/files/ignoring.tar" .
	printf 'FROM alpine\nRUN echo text\n' >"$WEB/files/text"
	printf 'FROM alpine\nCOPY . /d/\nRUN find /d | sed "s/file\\.[0-9a-f]*/file.X/" | sort\n' >stdin
	for name in c.tar c.tgz c.txz ignoring.tar text; do
		both "$web/files/$name"
		both -f sub/D "$web/files/$name"
	done
	for name in c.tar ignoring.tar text; do # docker's client cannot change a packed one
		both -f - "$web/files/$name" <stdin
	done
	both -f nope "$web/files/c.tar"
	both -f ../nope "$web/files/c.tar"
	both "$web/404"
	both http://127.0.0.1:1/x
}

start_git() { # serves repo.git on a free port
	local port
	for port in $(seq $((20000 + RANDOM % 20000)) 7 60000); do
		git daemon --listen=127.0.0.1 --port="$port" --base-path="$PWD" --export-all >git.log 2>&1 3>&- &
		echo $! >git-pid
		for _ in $(seq 50); do
			git ls-remote "git://127.0.0.1:$port/repo.git" >/dev/null 2>&1 && { remote=git://127.0.0.1:$port; return; }
			kill -0 "$(cat git-pid)" 2>/dev/null || break
			read -rt 0.1 <> <(:) || :
		done
	done
	false
}

@test "a git repository: branch, tag, directory, -f, and what is not there" {
	command -v git >/dev/null || skip "git is missing"
	local tmp me="git -C context -c user.name=a -c user.email=a@b"
	mv context/sub/D context/sub/Dockerfile
	printf 'FROM alpine\nRUN echo sub\n' >context/sub/Dockerfile
	printf '.git\n' >context/.dockerignore
	git init -q -b master context
	$me add -A
	$me commit -qm 1
	$me branch other
	echo changed >context/second.txt
	$me commit -qam 2
	$me tag v1
	git clone -q --bare context repo.git
	start_git
	mkdir tmp
	tmp=$PWD/tmp
	both "$remote/repo.git"
	[ "$(grep -c 'Using cache' docker.out)" -eq "$(grep -c 'Using cache' out)" ]
	for part in '#other' '#v1:sub' '#:sub' '#nope' '#:nosub' '#:second.txt' '#--upload-pack=x'; do
		both "$remote/repo.git$part"
	done
	both -f sub/Dockerfile "$remote/repo.git"
	both -f nope "$remote/repo.git"
	both -f /etc/hosts "$remote/repo.git"
	both "$remote/none.git"
	TMPDIR=$tmp run "$VARVE" plan "$remote/repo.git"
	[ "$status" -eq 0 ]
	[ -z "$(ls tmp)" ]
}
