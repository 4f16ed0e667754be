#!/bin/bash
# What the screen owes the terminal (tmux): colours as asked for.
set -u
: "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
: "${VARVE:=$top_srcdir/build/varve}"
skip() { echo "1..0 # SKIP $1"; exit 0; }
command -v tmux >/dev/null || skip "tmux is missing"
work=$(mktemp -d) || exit 99
tmux() { command tmux -S "$work/socket" -f /dev/null "$@"; }
trap 'tmux kill-server 2>/dev/null; sleep 0.1; rm -rf "$work"' EXIT
export LC_ALL=C.UTF-8 TZ=UTC HOME="$work" VARVE_ROOT="$work/store"
export https_proxy=http://127.0.0.1:1 HTTPS_PROXY=http://127.0.0.1:1
unset NO_COLOR TMUX VISUAL EDITOR XDG_CACHE_HOME XDG_CONFIG_HOME XDG_STATE_HOME
mkdir "$work/context"
cp "$top_srcdir"/data/tutorial/{Dockerfile,second.txt,third.txt,new_second.txt} "$work/context" || exit 99
{ sh "$top_srcdir/data/tutorial/base.sh" >"$work/base.tar" &&
	"$VARVE" import "$work/base.tar" alpine:latest; } >"$work/said" 2>&1 || {
	sed 's/^/# /' "$work/said"; skip "there is no store here"; }

n=0 failed=0
screen() { tmux capture-pane -p "$@"; }
# Waits for a line on the screen (an extended pattern), 10 s at most.
shows() { # NAME PATTERN [capture option]
	n=$((n + 1))
	for _ in $(seq 200); do
		if screen ${3:-} | grep -qE -- "$2"; then echo "ok $n - $1"; return; fi
		sleep 0.05
	done
	echo "not ok $n - $1"; echo "# no: $2"; screen ${3:-} | cat -v | sed 's/^/# /'; failed=1
}
lacks() { # NAME PATTERN [capture option], now
	n=$((n + 1))
	if screen ${3:-} | grep -qE -- "$2"; then
		echo "not ok $n - $1"; screen ${3:-} | cat -v | sed 's/^/# /'; failed=1
	else echo "ok $n - $1"; fi
}
keys() { tmux send-keys "$@"; }
# The shell is there again and its screen is clean.
leave() { keys q; shows "q leaves" '^prompt>$'; keys clear Enter; }

echo 1..67
tmux new-session -d -x 80 -y 24 "env PS1='prompt> ' bash --norc --noprofile" || exit 99
keys "cd $work/context; clear" Enter
esc=$'\033'
colours="$esc\\[[0-9;]*(3[1-7]|38;5;[0-9]+)m"

keys "NO_COLOR=1 $VARVE" Enter
shows "it is there" 'q:quit'
lacks "NO_COLOR takes the colours away" "$colours" -e
leave
keys "NO_COLOR=1 $VARVE --color always --palette light" Enter
shows "--color always has the last word" "$colours.*MISS" -e
lacks "light has no yellow and no cyan" "$esc\\[[0-9;]*3[36]m" -e
leave
keys "$VARVE --color never" Enter
shows "never is without" 'q:quit'
lacks "and it is" "$colours" -e
leave
keys "$VARVE --palette high-contrast" Enter
shows "high contrast brings its own ground" "$esc\\[[0-9;]*40m" -e
leave

# Leaving it as it was, however it ends.
pid_of_screen() {
	for _ in $(seq 100); do
		for pid in $(cat /proc/"$(tmux display -p '#{pane_pid}')"/task/*/children); do
			[ "$(cat /proc/"$pid"/comm)" = varve ] && { echo "$pid"; return; }
		done
		sleep 0.05
	done
}
for signal in TERM HUP SEGV ABRT; do
	keys "ulimit -c 0; clear; echo a word from before; stty -g | cksum >$work/stty" Enter
	keys "$VARVE" Enter
	shows "it is there again" 'q:quit'
	kill -$signal "$(pid_of_screen)"
	shows "the shell's screen is back after SIG$signal" 'a word from before'
	keys "clear; stty -g | cksum | cmp - $work/stty && echo same\ modes" Enter
	shows "so are the terminal's modes" '^same modes'
done
keys clear Enter

# Programs that have the terminal for a while.
keys "SHELL=/bin/sh PS1='inner> ' $VARVE" Enter
shows "the screen" 'q:quit'
keys '!'
shows "! is a shell" 'inner> '
keys 'ls' Enter
shows "in the context" 'new_second.txt'
keys 'echo RUN echo new >>Dockerfile; exit' Enter
shows "and back, what it changed is seen" 'MISS RUN echo new'
keys ':!echo one $((1+1)) three; false' Enter
shows "a command's words can be read" '^one 2 three'
shows "with how it ended" 'ended with status 1: press Enter'
keys Enter
shows "then the screen is back" 'MISS RUN echo new'

# OSC 52, as tmux takes it.
tmux set-option -g set-clipboard on
keys Tab y
shows "y says what it copied" 'copied [0-9]+ lines'
n=$((n + 1))
if tmux show-buffer 2>/dev/null | grep -q 'step 1 of'; then
	echo "ok $n - the reason is in the clipboard"
else echo "not ok $n - the reason is in the clipboard"; failed=1; fi
keys Escape
leave

# The mouse, as terminals send it.
keys "TERM=xterm-256color $VARVE" Enter
shows "it is there with a mouse" '>. (HIT|MISS) +FROM alpine'
mouse() { tmux display -p '#{mouse_any_flag}'; }
n=$((n + 1))
if [ "$(mouse)" = 1 ]; then echo "ok $n - clicks are asked for"
else echo "not ok $n - clicks are asked for"; failed=1; fi
click() { # ROW COLUMN
	tmux send-keys -l "$esc[<0;$2;$1M"
	tmux send-keys -l "$esc[<0;$2;$1m"
}
click 4 60
shows "a click selects the row" '>. (HIT|MISS) +COPY ./second'
keys F2
shows "F2 gives the clicks back" 'clicks are the terminal.s'
n=$((n + 1))
if [ "$(mouse)" = 0 ]; then echo "ok $n - they are the terminal's"
else echo "not ok $n - they are the terminal's"; failed=1; fi
keys F2
shows "and again" 'clicks are ours'
kill -ABRT "$(pid_of_screen)"
shows "the shell is there after an abort" 'Aborted'
n=$((n + 1))
if [ "$(mouse)" = 0 ]; then echo "ok $n - and no mouse is left on"
else echo "not ok $n - and no mouse is left on"; failed=1; fi
keys clear Enter

# What is remembered.
rm -r "$work/.local/state"
keys "$VARVE" Enter
shows "it is there once more" 'q:quit'
keys ':3' Enter z
shows "a pane is zoomed" 'ZOOM '
leave
keys "$VARVE" Enter
shows "it comes back zoomed" 'ZOOM '
shows "on the same line" '^>. .*COPY ./second.txt'
keys : Up
shows "with what was typed" '^:3'
keys Escape
leave
keys "$VARVE --no-session" Enter
shows "--no-session knows nothing of it" '>. .*FROM alpine'
lacks "no zoom either" 'ZOOM '
leave
for f in "$work"/.local/state/varve/sessions/*; do echo damaged >"$f"; done
keys "$VARVE" Enter
shows "a damaged session is ignored and told of" 'ignored: the session is damaged, line 1'
keys F3
shows "the messages say where" '/.local/state/varve'
keys q
leave
keys "$VARVE" Enter
shows "the next time it is whole" '>. .*FROM alpine'
keys Tab Tab s
shows "the tree is ordered" 'by size'
leave
keys "$VARVE" Enter
shows "and still is" '\[ Images.*by size'

# The screen as a file.
keys ":screen $work/shot" Enter
shows "it says where it is" 'the screen is in'
keys ":screen $work/shot" Enter
shows "it is not written over" 'there already: screen! writes'
n=$((n + 1))
if [ "$(wc -l <"$work/shot")" = 24 ] && grep -q 'by size' "$work/shot" &&
   ! grep -q "$esc" "$work/shot"; then echo "ok $n - it is the screen as text"
else echo "not ok $n - it is the screen as text"; sed 's/^/# /' "$work/shot"; failed=1; fi
leave

# The user's own keys.
mkdir -p "$work/.config/varve"
printf 'rebuild F6\nbuild F5 B\nwhy b\nquit q\nhex s\nset palette=mono\n' \
	>"$work/.config/varve/keys"
keys "$VARVE" Enter
keys F3
shows "a key that cannot be is told" "keys:5: 's' cannot be"
keys q
shows "the hints have the user's keys" ' b:why  F5:build '
lacks "and the user's palette" "$colours" -e
keys '?/build the' Enter
shows "so has the help" '^>  F5 B  '
keys q
leave
exit $failed
