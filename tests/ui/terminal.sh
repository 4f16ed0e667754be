#!/bin/bash
# What the screen owes the terminal (tmux): colours as asked for.
set -u
. "${top_srcdir:-$(dirname "$0")/../..}/tests/ui/common.bash"
begin; need_tmux; make_store
open_shell
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

# While curses draws, too, the terminal's stop signal is ours.
if command -v strace >/dev/null; then
	keys "ASAN_OPTIONS=detect_leaks=0 strace -qq -o $work/trace -e rt_sigaction $VARVE --no-session" Enter
	shows "it is there under strace" 'q:quit'
	keys j
	shows "and draws" 'step 2 of'
	leave
	check "Ctrl-Z is ignored at no time" eval 'grep -q SIGWINCH "$work/trace" &&
		! grep -q "SIGTSTP, {sa_handler=SIG_IGN" "$work/trace"'
else
	pass "Ctrl-Z is ignored at no time # SKIP strace is missing"
fi

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
copied() { tmux show-buffer 2>/dev/null | grep -q 'step 1 of'; }
check "the reason is in the clipboard" copied
keys Escape
leave

# The mouse, as terminals send it.
keys "TERM=xterm-256color $VARVE" Enter
shows "it is there with a mouse" '>. (HIT|MISS) +FROM alpine'
mouse() { [ "$(tmux display -p '#{mouse_any_flag}')" = "$1" ]; }
check "clicks are asked for" mouse 1
click() { # ROW COLUMN
	keys -l "$esc[<0;$2;$1M"
	keys -l "$esc[<0;$2;$1m"
}
click 4 60
shows "a click selects the row" '>. (HIT|MISS) +COPY ./second'
keys F2
shows "F2 gives the clicks back" 'clicks are the terminal.s'
check "they are the terminal's" mouse 0
keys F2
shows "and again" 'clicks are ours'
kill -ABRT "$(pid_of_screen)"
shows "the shell is there after an abort" 'Aborted'
check "and no mouse is left on" mouse 0
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
shows "the tree is ordered" 'largest total first'
leave
keys "$VARVE" Enter
shows "and still is" '\[ Images.*largest total first'

# The screen as a file.
keys ":screen $work/shot" Enter
shows "it says where it is" 'the screen is in'
keys ":screen $work/shot" Enter
shows "it is not written over" 'there already: screen! writes'
is_text() {
	[ "$(wc -l <"$work/shot")" = 24 ] && grep -q 'largest total first' "$work/shot" &&
		! grep -q "$esc" "$work/shot"
}
check "it is the screen as text" is_text
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

# What would be lost is asked for: a text, a build that runs.
rm "$work/.config/varve/keys"
keys "clear; $VARVE --fresh" Enter
shows "the screen, for what could be lost" 'q:quit'
keys Enter 'xx'
shows "a text that is not saved" 'TYPING'
keys C-c
shows "Ctrl-C asks, too" 'not saved: s saves'
keys Escape
shows "and can be thought better of" 'TYPING'
keys Escape
keys u
keys ':discard' Enter
keys ':!echo RUN sleep 60 >>Dockerfile' Enter
shows "a long build" 'press Enter'
keys Enter b
shows "runs" 'c:cancel'
keys q
shows "q asks while a build runs" 'a build runs: y stops it'
keys Escape
shows "Esc stays" 'c:cancel'
keys C-c
shows "Ctrl-C asks, too" 'a build runs: y stops it'
keys C-c
shows "twice is meant" '^prompt>'

finish
