#!/bin/bash
# The screen in terminals that differ in what they can, with UTF-8 and
# without; names with control bytes, wide and combining characters; the
# shell's modes and screen as they were.
set -u
: "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
: "${VARVE:=$top_srcdir/build/varve}"
skip() { echo "1..0 # SKIP $1"; exit 0; }
command -v tmux >/dev/null || skip "tmux is missing"
work=$(mktemp -d) || exit 99
tmux() { command tmux -u -S "$work/socket" -f /dev/null "$@"; }
trap 'tmux kill-server 2>/dev/null; rm -rf "$work" 2>/dev/null' EXIT
export LC_ALL=C.UTF-8 TZ=UTC HOME="$work" VARVE_ROOT="$work/store"
export https_proxy=http://127.0.0.1:1 HTTPS_PROXY=http://127.0.0.1:1
unset NO_COLOR TMUX VISUAL EDITOR XDG_CACHE_HOME XDG_CONFIG_HOME XDG_STATE_HOME
mkdir "$work/context" "$work/odd"
cp "$top_srcdir"/data/tutorial/{Dockerfile,second.txt,third.txt,new_second.txt} "$work/context" || exit 99
# Names and lines that no terminal should be sent: a title, a clear screen.
printf 'FROM alpine\nRUN : \033]0;owned\007 \033[2J\nRUN : 층리 e\314\201 end\nCOPY . /\n' \
	>"$work/odd/Dockerfile"
: >"$work/odd/$(printf 'a\033]0;owned\007')" || skip "no such file names here"
{ sh "$top_srcdir/data/tutorial/base.sh" >"$work/base.tar" &&
	"$VARVE" import "$work/base.tar" alpine:latest; } >"$work/said" 2>&1 || {
	sed 's/^/# /' "$work/said"; skip "there is no store here"; }

n=0 failed=0
screen() { tmux capture-pane -p "$@"; }
fail() { # NAME WHY
	echo "not ok $n - $1"; echo "# $2"; screen | cat -v | sed 's/^/# /'; failed=1
}
# Waits for a line on the screen (an extended pattern), 20 s at most.
wait_for() { # PATTERN
	for _ in $(seq 400); do
		screen | LC_ALL=C grep -aqE -- "$1" && return 0
		sleep 0.05
	done
	return 1
}
shows() { # NAME PATTERN
	n=$((n + 1))
	if wait_for "$2"; then echo "ok $n - $1"; else fail "$1" "no: $2"; fi
}
lacks() { # NAME PATTERN, now, in bytes
	n=$((n + 1))
	if screen | LC_ALL=C grep -aqE -- "$2"; then fail "$1" "there is: $2"
	else echo "ok $n - $1"; fi
}
line() { tmux send-keys "$1" Enter; }
junk='\[[0-9;?]+[A-Za-z]|\(B|\]0;'

# One terminal: it draws, takes keys, leaves no code and no mode behind.
terminal() { # TERM LOCALE SETTINGS OPTIONS NAME
	rm -rf "$work/.local" # each begins at the first line
	line "clear; stty -g >$work/modes; env TERM=$1 LC_ALL=$2 $3 $VARVE $4 $work/context"
	shows "$5: it draws" 'HIT +FROM'
	tmux send-keys jj
	shows "$5: keys are taken" 'step 3 of'
	lacks "$5: no code is shown as text" "$junk"
	[ "$2" = C ] || [ -n "$4" ] && lacks "$5: ASCII alone" $'[\x80-\xff]'
	tmux send-keys q
	shows "$5: q leaves" '^prompt>$'
	line "clear; stty -g | cmp - $work/modes && echo same\\ modes"
	shows "$5: the modes are as they were" '^same modes'
}

tmux new-session -d -x 80 -y 24 "env PS1='prompt> ' bash --norc --noprofile" || exit 99
wait_for '^prompt>' || skip "no shell in tmux"
for term in xterm-256color screen-256color linux vt100; do
	for locale in C.UTF-8 C; do
		terminal $term $locale "" "" "$term, $locale"
	done
done
terminal xterm-256color C.UTF-8 NO_COLOR=1 "" "NO_COLOR"
terminal xterm-256color C.UTF-8 "" --ascii "--ascii"

# The first screen of terminals that keep one is there again.
for term in xterm-256color screen-256color; do
	line "clear; echo a word from before"
	line "TERM=$term $VARVE $work/context"
	wait_for 'HIT +FROM'
	tmux send-keys q
	shows "$term: the shell's screen is as it was" '^a word from before'
done

line clear
: >"$work/bytes"
tmux pipe-pane "cat >>$work/bytes"
line "$VARVE $work/odd"
shows "control bytes are written out" '\\x1b\]0;owned\\x07'
tmux send-keys jj
shows "wide and combining characters stand where they belong" $'층리 e\xcc\x81 end$'
tmux send-keys q
shows "and it ends" '^prompt>$'
tmux pipe-pane
n=$((n + 1))
if LC_ALL=C grep -aqF $'\033]0;owned' "$work/bytes"; then
	fail "no name's control byte reaches the terminal" "a title was set"
else echo "ok $n - no name's control byte reaches the terminal"; fi

# What was painted by and by is what Ctrl-L paints.
line "clear; $VARVE $work/context"
wait_for 'HIT +FROM'
tmux send-keys '?'; wait_for 'Ctrl-L'
tmux send-keys Escape; wait_for 'HIT +FROM'
tmux resize-window -x 60 -y 15; wait_for '\[ Dockerfile'
tmux resize-window -x 100 -y 30; wait_for 'Images.*Dockerfile'
tmux send-keys Tab jj Tab kk; tmux resize-window -x 80 -y 24
tmux send-keys /
# All of the new size is there: the line that is typed, below the heads.
for _ in $(seq 400); do
	screen >"$work/painted"
	head -n 1 "$work/painted" | grep -q 'Images' &&
		sed -n 23p "$work/painted" | grep -q '^/' &&
		sed -n 24p "$work/painted" | grep -q '^Enter takes' && break
	sleep 0.05
done
# Another word, so that it is seen that the keys before were taken.
tmux send-keys Escape C-l / x BSpace y BSpace z; wait_for '^/z'
tmux send-keys BSpace; wait_for '^/ *$'
n=$((n + 1))
if screen | diff "$work/painted" - >"$work/diff"; then echo "ok $n - no cell is stale"
else fail "no cell is stale" "$(cat "$work/diff")"; fi
tmux send-keys Escape q
echo "1..$n"
exit $failed
