#!/bin/bash
# A row down or up takes few bytes, in every pane of screens from small to
# large. What the tutorial's steps have in the detail is told along with it.
set -u
. "${top_srcdir:-$(dirname "$0")/../..}/tests/ui/common.bash"
begin; need_tmux; make_store "$VARVE" build -t demo:1 "$work/context"

# From the first row, none of them at an end.
moves() { # NAME PATTERN [MOST BYTES [KEYS]], the pattern: the pane is there
	local key count sizes= worst=0 most=${3:-600}
	keys g
	wait_for "$2" || { fail "$1 is there" "no: $2"; return; }
	for key in ${4:-j j k k}; do
		count=$(bytes_of "$key")
		[ "$count" -gt "$worst" ] && worst=$count
		sizes+=" $count"
	done
	echo "# $1:$sizes"
	check "$1: a move takes $most bytes at most" \
		test "$worst" -gt 0 -a "$worst" -le "$most"
}

open_shell TERM=xterm-256color
for size in 80x24 120x40 200x60; do
	tmux resize-window -x "${size%x*}" -y "${size#*x}"
	line "clear; $VARVE --fresh --no-session"
	wait_for '5 hit'
	moves "$size, Dockerfile" '\[ Dockerfile' 600 'j j j j k k k k'
	keys BTab
	moves "$size, tree" '\[ Images' 600 'j j j j k k k k'
	keys BTab
	moves "$size, why" '\[ Why'
	keys v
	moves "$size, context" 'docker sends'
	keys b; wait_for 'Successfully built'
	moves "$size, log" '\[.*Log\*'
	keys Tab G L; wait_for '\[ Layers'
	# All files of another layer come with it.
	moves "$size, layers" 'bin/' 900
	keys Tab
	moves "$size, files" '\[ What'
	keys q '?'
	moves "$size, help" 'Help: keys'
	keys q
	leave
done
finish
