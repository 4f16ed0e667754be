#!/bin/bash
# The screen in a real terminal (tmux): the example from an edit to the solid
# branch, stopping and going on, resizing, and the shell as it was after it.
set -u
. "${top_srcdir:-$(dirname "$0")/../..}/tests/ui/common.bash"
begin; need_tmux; make_store "$VARVE" build -t demo:1 "$work/context"

costs() { # NAME KEY: bytes to the terminal, 600 at most
	count=$(bytes_of "$2")
	check "$1" test "$count" -gt 0 -a "$count" -le 600
}

open_shell EDITOR='sed -i 2s/first/1st/'
keys "clear; echo a word from before" Enter
keys "stty -g | cksum >$work/stty1; $VARVE" Enter
shows "a finished build is all hit" '5 hit · nothing to build'
shows "a verdict has a sign and a word" '✓ HIT  CMD'
sed -i '3a COPY ./new_second.txt .' "$work/context/Dockerfile"
shows "an edit from outside changes the verdicts" '✗ MISS COPY ./new_second.txt'
shows "the sums follow" '3 hit 3 miss'
shows "the tree shows the branch that will grow" '└─▫ COPY ./ne.* to build'
keys jjjj
shows "the step is told" 'MISS step [45] of 6'
costs "a cursor that moves costs 600 bytes at most" j
costs "to another pane too" Tab
costs "and to the next" Tab
costs "so does a cursor in the tree" k
keys Tab
tmux resize-window -x 50 -y 14
shows "a small window shows one pane" '─\[ Dockerfile \]─+$'
tmux resize-window -x 100 -y 30
shows "a large window shows them all" 'Images.*│.*Dockerfile'
keys b
shows "a build is seen in the log" 'Successfully built'
shows "the branch is solid after it" '6 hit · nothing to build'
lacks "no ghost is left" '▫'
printf 'RUN sleep 60\n' >>"$work/context/Dockerfile"
shows "one more step, one more miss" '6 hit 1 miss'
keys b
shows "it runs" 'RUN  RUN sleep 60'
lacks "a second build is not offered meanwhile" 'b:build'
keys -l ':wq'; keys Enter
shows "to write and leave asks before it stops a build" 'a build runs: y stops it'
keys Escape
shows "or stays" 'RUN  RUN sleep 60'
keys c
shows "c stops the build" 'the build was stopped'
sed -i '$d' "$work/context/Dockerfile"
shows "what was built stays" '6 hit · nothing to build'
keys e
shows "e edits with \$EDITOR" '✗ MISS RUN echo 1st'
lacks "an editor that knows no +line is given none" 'ended with status'
sed -i 2s/1st/first/ "$work/context/Dockerfile"
shows "and back" '6 hit · nothing to build'
tmux set-buffer $'\nRUN echo pasted && Dqb!'
keys i; wait_for 'TYPING'; tmux paste-buffer -p
shows "what is pasted is one change of the text" 'MISS RUN echo pasted && Dqb!'
keys C-u
shows "and taken back as one" 'TYPING .*6 hit · nothing to build'
keys Escape; wait_for 'Enter:type'; tmux paste-buffer -p
shows "it is never pressed as keys" '6 hit .*not pasted: i types'
keys k; wait_for 'nothing to build *$'
tmux set-buffer $'log \e[31mjjD red'; tmux paste-buffer -p
shows "a raw Esc in it ends nothing" '6 hit .*not pasted: i types'
lacks "and what follows it is no key" 'TYPING|not saved'
keys i; wait_for 'TYPING'
tmux set-buffer $'\r\n# one\r\n# two'; tmux paste-buffer -p -r
shows "lines that end as on Windows are one line each" '# one'
check "and no blank one" eval \
	'screen | grep -A1 -F "# one" | grep -qF "# two"'
keys C-u; wait_for 'TYPING .*6 hit'; keys Escape; wait_for 'Enter:type'
wait_for 'nothing to build *$'
keys -H 1b 5b 32 30 30 7e 6a 6a 44
shows "what is pasted without an end ends by itself" \
	'not pasted: i types'
keys r
shows "and keys are keys again" 'planned again'
keys C-z
shows "Ctrl-Z gives the shell back" 'Stopped'
keys fg Enter
shows "fg brings the screen back" '6 hit · nothing to build'
check "the terminal is asked to mark what is pasted no more" \
	eval 'bytes_of q >/dev/null; grep -qF "[?2004l" "$work/bytes"'
shows "the shell's screen is as before" 'a word from before'
keys "stty -g | cksum | cmp - $work/stty1 && echo same\\ modes" Enter
shows "so are the terminal's modes" '^same modes'
echo a line more >>"$work/context/second.txt"
keys "clear; $VARVE --fresh --no-session" Enter
shows "a changed file is told at its step" '✗ MISS COPY ./second.txt'
keys j
keys j
shows "what changed in it is seen without another key" '^ *\+a line more'
leave
keys "clear; TERM=dumb $VARVE; TERM=nonesuch $VARVE; $VARVE </dev/null" Enter
shows "a terminal that cannot is told of" "'dumb' cannot show|'nonesuch' is not known"
finish
