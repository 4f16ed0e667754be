#!/bin/bash
# The screen in a real terminal (tmux): the example from an edit to the solid
# branch, stopping and going on, resizing, and the shell as it was after it.
set -u
: "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
: "${VARVE:=$top_srcdir/build/varve}"
skip() { echo "1..0 # SKIP $1"; exit 0; }
command -v tmux >/dev/null || skip "tmux is missing"
work=$(mktemp -d) || exit 99
tmux() { command tmux -S "$work/socket" -f /dev/null "$@"; }
trap 'tmux kill-server 2>/dev/null; rm -rf "$work"' EXIT
export XDG_STATE_HOME="$work/state" XDG_CONFIG_HOME="$work/config"
export LC_ALL=C.UTF-8 TZ=UTC XDG_CACHE_HOME="$work/cache" VARVE_ROOT="$work/store"
unset NO_COLOR TMUX VISUAL EDITOR
mkdir "$work/context"
cp "$top_srcdir"/data/tutorial/{Dockerfile,second.txt,third.txt,new_second.txt} "$work/context" || exit 99
{ sh "$top_srcdir/data/tutorial/base.sh" >"$work/base.tar" &&
	"$VARVE" import "$work/base.tar" alpine:latest &&
	"$VARVE" build -t demo:1 "$work/context"; } >"$work/said" 2>&1 || {
	sed 's/^/# /' "$work/said"; skip "the tutorial cannot be built here"; }

n=0 failed=0
screen() { tmux capture-pane -p; }
# Waits for a line on the screen (an extended pattern), 10 s at most.
shows() { # NAME PATTERN
	n=$((n + 1))
	for _ in $(seq 200); do
		if screen | grep -qE -- "$2"; then echo "ok $n - $1"; return; fi
		sleep 0.05
	done
	echo "not ok $n - $1"; echo "# no: $2"; screen | sed 's/^/# /'; failed=1
}
lacks() { # NAME PATTERN, now
	n=$((n + 1))
	if screen | grep -qE -- "$2"; then
		echo "not ok $n - $1"; screen | sed 's/^/# /'; failed=1
	else echo "ok $n - $1"; fi
}

# Bytes that the program writes to the terminal for a key.
costs() { # NAME MOST KEY
	n=$((n + 1)) last=
	: >"$work/bytes"
	tmux pipe-pane "cat >>$work/bytes"
	tmux send-keys "$3"
	for _ in $(seq 100); do
		sleep 0.05
		now=$(wc -c <"$work/bytes")
		[ "$now" -gt 0 ] && [ "$now" = "${last:-}" ] && break
		last=$now
	done
	tmux pipe-pane
	if [ "$now" -gt 0 ] && [ "$now" -le "$2" ]; then echo "ok $n - $1"
	else echo "not ok $n - $1"; echo "# $now bytes"; failed=1; fi
}

echo 1..28
tmux new-session -d -x 80 -y 24 "env PS1='prompt> ' EDITOR='sed -i 2s/first/1st/' bash --norc --noprofile" || exit 99
tmux send-keys "cd $work/context; clear; echo a word from before" Enter
tmux send-keys "stty -g | cksum >$work/stty1; $VARVE" Enter
shows "a finished build is all hit" '5 hit · nothing to build'
shows "a verdict has a sign and a word" '✓ HIT  CMD'
sed -i '3a COPY ./new_second.txt .' "$work/context/Dockerfile"
shows "an edit from outside changes the verdicts" '✗ MISS COPY ./new_second.txt'
shows "the sums follow" '3 hit 3 miss'
shows "the tree shows the branch that will grow" '└─▫ COPY ./ne.* to build'
tmux send-keys jjjj
shows "the step is told" 'MISS step [45] of 6'
costs "a cursor that moves costs 600 bytes at most" 600 j
costs "to another pane too" 600 Tab
costs "and to the next" 600 Tab
costs "so does a cursor in the tree" 600 k
tmux send-keys Tab
tmux resize-window -x 50 -y 14
shows "a small window shows one pane" '─\[ Dockerfile \]─+$'
tmux resize-window -x 100 -y 30
shows "a large window shows them all" 'Images.*│.*Dockerfile'
tmux send-keys b
shows "a build is seen in the log" 'Successfully built'
shows "the branch is solid after it" '6 hit · nothing to build'
lacks "no ghost is left" '▫'
printf 'RUN sleep 60\n' >>"$work/context/Dockerfile"
shows "one more step, one more miss" '6 hit 1 miss'
tmux send-keys b
shows "it runs" 'RUN  RUN sleep 60'
lacks "a second build is not offered meanwhile" 'b:build'
tmux send-keys c
shows "c stops the build" 'the build was stopped'
sed -i '$d' "$work/context/Dockerfile"
shows "what was built stays" '6 hit · nothing to build'
tmux send-keys e
shows "e edits with \$EDITOR" '✗ MISS RUN echo 1st'
lacks "an editor that knows no +line is given none" 'ended with status'
sed -i 2s/1st/first/ "$work/context/Dockerfile"
shows "and back" '6 hit · nothing to build'
tmux send-keys C-z
shows "Ctrl-Z gives the shell back" 'Stopped'
tmux send-keys fg Enter
shows "fg brings the screen back" '6 hit · nothing to build'
tmux send-keys q
shows "the shell's screen is as before" 'a word from before'
tmux send-keys "stty -g | cksum | cmp - $work/stty1 && echo same\\ modes" Enter
shows "so are the terminal's modes" '^same modes'
tmux send-keys "clear; TERM=dumb $VARVE; TERM=nonesuch $VARVE; $VARVE </dev/null" Enter
shows "a terminal that cannot is told of" "'dumb' cannot show|'nonesuch' is not known"
exit $failed
