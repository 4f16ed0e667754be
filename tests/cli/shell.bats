# A shell in the state before or after a step; nothing of it is kept.

bats_require_minimum_version 1.5.0

load common

setup() {
	fresh
	with_base
	cat >context/Dockerfile <<-'END'
	FROM alpine AS one
	ENV WORD=yes
	RUN echo one >/one
	WORKDIR /srv
	RUN echo two >/two && exit 7
	RUN echo three >/three
	END
	"$VARVE" build -q context >/dev/null 2>&1 || true
}

in_shell() { # STEP FLAGS... -- COMMAND
	local step=$1 flags=()
	shift
	while [ "$1" != -- ]; do flags+=("$1"); shift; done
	"$VARVE" shell "$step" "${flags[@]}" -c "$2" context
}

@test "before a step its files are not there, after it they are" {
	run -1 in_shell 3 --before -- 'test -e /one'
	run -0 in_shell 3 --after -- 'cat /one; echo $WORD'
	[ "$output" = "one
yes" ]
	run -0 in_shell L3 -- 'cat /one'
	run -0 in_shell one:4 -- pwd
	[ "$output" = /srv ]
}

@test "a failed RUN: before it by default, after it what it left" {
	run -0 in_shell 5 -- 'pwd; ls /one; test ! -e /two'
	[ "$output" = "/srv
/one" ]
	run -0 --separate-stderr in_shell 5 --after -- 'cat /two'
	[ "$output" = two ]
	[[ $stderr = *"ended with 7"* ]]
}

@test "it reads standard input, and its status is the shell's" {
	run -9 bash -c 'echo "cat /one; exit 9" | "$0" shell 3 context' "$VARVE"
	[ "$output" = one ]
	run -0 in_shell 3 --user 12:34 -- 'id -u; id -g'
	[ "$output" = "12
34" ]
}

@test "what is changed is thrown away, and nothing is written beside it" {
	find store context -printf '%p %T@ %m\n' | grep -v varve/shells | sort >before
	in_shell 3 -- 'echo other >/one; touch /new; rm -r /srv /bin' || true
	find store context -printf '%p %T@ %m\n' | grep -v varve/shells | sort >after
	grep -v '^store/varve ' before >b && grep -v '^store/varve ' after >a
	diff b a
	[ -z "$(ls store/varve/shells)" ]
	run -1 in_shell 3 -- 'test -e /new'
	"$VARVE" fsck
}

@test "a killed shell leaves no process, and the next one sweeps" {
	mkfifo hold
	"$VARVE" shell 3 context -c 'echo here; cat' <hold >out &
	local pid=$!
	exec 9>hold
	until grep -q here out; do kill -0 $pid; done
	kill -KILL $pid
	wait $pid || true
	exec 9>&-
	in_shell 3 -- true
	[ -z "$(ls store/varve/shells)" ]
}

@test "a terminal: it is one, of the same size, and Ctrl-C is for the shell" {
	command -v script >/dev/null || skip "script is missing"
	cat >keys <<-'END'
	stty size
	exit 6
	END
	run -6 script -qec "stty rows 17 cols 66; '$VARVE' shell 3 context" \
		/dev/null <keys
	[[ $output = *"17 66"* ]]
}

@test "what is not there is said" {
	run -1 in_shell 6 -- true
	[[ $output = *"what comes before step 6 is not built yet"* ]]
	run -1 in_shell 1 --before -- true
	[[ $output = *"there is nothing before step 1, a FROM"* ]]
	run -1 in_shell 9 -- true
	[[ $output = *"has no step '9'"* ]]
	run -2 in_shell 3 --before --after -- true
	run -2 "$VARVE" shell
}

@test "an ordinary user has one, too" {
	[ "$(id -u)" -eq 0 ] || skip "needs root to become another user"
	for tool in unshare setpriv newuidmap newgidmap; do
		command -v $tool >/dev/null || skip "$tool is missing"
	done
	local dir uid=$((40000 + $$ % 20000))
	dir=$(mktemp -d)
	chmod 755 "$dir" && mkdir -m 1777 "$dir/home"
	echo "tester:3000000:65536" >"$dir/subuid"
	{ cat /etc/passwd; echo "tester:x:$uid:$uid::/:/bin/sh"; } >"$dir/passwd"
	cp "$VARVE" "$dir/varve" && cp "$(base_tar)" "$dir/base.tar"
	cp -r context "$dir/context" && chmod -R go+rX "$dir"
	run unshare -m --propagation private sh -ec '
		mount --bind "$1/subuid" /etc/subuid
		mount --bind "$1/subuid" /etc/subgid
		mount --bind "$1/passwd" /etc/passwd
		export VARVE_ROOT="$1/home/store" XDG_CACHE_HOME="$1/home" HOME="$1/home"
		cd "$1"
		u() { setpriv --reuid "$uid" --regid "$uid" --clear-groups "$@"; }
		uid=$2
		u ./varve import base.tar alpine:latest >&2
		u ./varve build -q context >/dev/null 2>&1 || true
		u ./varve shell 5 --after -c "id -u; cat /one /two; rm /one" context
		u ./varve shell 3 -c "cat /one" context
	' sh "$dir" "$uid"
	echo "$output"
	rm -rf "$dir"
	[ "$status" -eq 0 ]
	[[ $output = *"0
one
two"*"one" ]]
}
