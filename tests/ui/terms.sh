#!/bin/bash
# The screen in terminals that differ in what they can, with UTF-8 and
# without; names with control bytes, wide and combining characters; the
# shell's modes and screen as they were.
set -u
. "${top_srcdir:-$(dirname "$0")/../..}/tests/ui/common.bash"
begin; need_tmux
mkdir "$work/odd"
# Names and lines that no terminal should be sent: a title, a clear screen.
printf 'FROM alpine\nRUN : \033]0;owned\007 \033[2J\nRUN : 층리 e\314\201 end\nCOPY . /\n' \
	>"$work/odd/Dockerfile"
: >"$work/odd/$(printf 'a\033]0;owned\007')" || skip "no such file names here"
make_store

ascii_alone() { ! screen | LC_ALL=C grep -q '[^ -~]'; }
junk='\[[0-9;?]+[A-Za-z]|\(B|\]0;'

# One terminal: it draws, takes keys, leaves no code and no mode behind.
terminal() { # TERM LOCALE SETTINGS OPTIONS NAME
	rm -rf "$work/.local" # each begins at the first line
	line "clear; stty -g >$work/modes; env TERM=$1 LC_ALL=$2 $3 $VARVE $4 $work/context"
	shows "$5: it draws" 'HIT +FROM'
	keys jj
	shows "$5: keys are taken" 'step 3 of'
	lacks "$5: no code is shown as text" "$junk"
	[ "$2" = C ] || [ -n "$4" ] && check "$5: ASCII alone" ascii_alone
	keys q
	shows "$5: q leaves" '^prompt>$'
	line "clear; stty -g | cmp - $work/modes && echo same\\ modes"
	shows "$5: the modes are as they were" '^same modes'
}

open_shell
for term in xterm-256color screen-256color linux vt100; do
	for locale in C.UTF-8 C; do
		terminal $term $locale "" "" "$term, $locale"
	done
done
terminal xterm-256color C.UTF-8 NO_COLOR=1 "" "NO_COLOR"
terminal xterm-256color C.UTF-8 "" --ascii "--ascii"

# Keys held with Ctrl, Shift or Alt are no Esc that ends typing, and no others.
for term in xterm-256color screen-256color linux vt100; do
	rm -rf "$work/.local"
	line "clear; TERM=$term $VARVE $work/context"
	wait_for 'HIT +FROM'
	keys i; wait_for TYPING
	keys C-Left S-Right M-Left C-Up x
	shows "$term: keys that are held go where they point" \
		'FROM xalpine:latest'
	keys Escape; wait_for 'Enter:type'
	keys q d
	wait_for '^prompt>$'
done

# The first screen of terminals that keep one is there again.
for term in xterm-256color screen-256color; do
	line "clear; echo a word from before"
	line "TERM=$term $VARVE $work/context"
	wait_for 'HIT +FROM'
	keys q
	shows "$term: the shell's screen is as it was" '^a word from before'
done

line clear
: >"$work/bytes"
tmux pipe-pane "cat >>$work/bytes"
line "$VARVE $work/odd"
shows "control bytes are written out" '\\x1b\]0;owned\\x07'
keys jj
shows "wide and combining characters stand where they belong" $'층리 e\xcc\x81 end$'
keys q
shows "and it ends" '^prompt>$'
tmux pipe-pane
title_set() { LC_ALL=C grep -aqF $'\033]0;owned' "$work/bytes"; }
check "no name's control byte reaches the terminal" eval '! title_set'

# What was painted by and by is what Ctrl-L paints.
line "clear; $VARVE $work/context"
wait_for 'HIT +FROM'
keys g; keys -l $'\355'; keys j
shows "half of a character takes no key with it" 'step 2 of'
keys '?'; wait_for 'Ctrl-L'
keys Escape; wait_for 'HIT +FROM'
tmux resize-window -x 60 -y 15; wait_for '\[ Dockerfile'
tmux resize-window -x 100 -y 30; wait_for 'Images.*Dockerfile'
keys Tab jj Tab kk; tmux resize-window -x 80 -y 24
keys /
# All of the new size is there: the line that is typed, below the heads.
for _ in $(seq 400); do
	screen >"$work/painted"
	head -n 1 "$work/painted" | grep -q 'Images' &&
		sed -n 23p "$work/painted" | grep -q '^/' &&
		sed -n 24p "$work/painted" | grep -q '^Enter takes' && break
	sleep 0.05
done
# Another word, so that it is seen that the keys before were taken.
keys Escape C-l / x BSpace y BSpace z; wait_for '^/z'
keys BSpace; wait_for '^/ *$'
screen >"$work/again"
check "no cell is stale" diff "$work/painted" "$work/again"
keys Escape q
finish
