#!/bin/bash
# Random keys, builds and sizes in a real terminal (tmux): after each hundred
# keys the terminal has, cell by cell, what `:still` says that it should: no
# cell is stale. UI_SEED=N tries another seed. A part of the keys is played
# where all tests are; UI_KEYS=20000 plays all of them.
set -u
. "${top_srcdir:-$(dirname "$0")/../..}/tests/ui/common.bash"
begin; need_tmux; make_store; watch_sanitizers
seed=${UI_SEED:-1} count=${UI_KEYS:-2000}

# What gives the terminal to others, leaves, or writes somewhere.
printf '%s\n' shell step-shell detail-shell quit extract edit >"$work/keys"

# A key as a terminal sends it.
bytes_for() { # LINE
	case $1 in
	'key Up') sent="$esc[A" ;; 'key Down') sent="$esc[B" ;;
	'key Right') sent="$esc[C" ;; 'key Left') sent="$esc[D" ;;
	'key PgUp') sent="$esc[5~" ;; 'key PgDn') sent="$esc[6~" ;;
	'key Home') sent="$esc[1~" ;; 'key End') sent="$esc[4~" ;;
	'key Delete') sent="$esc[3~" ;; 'key F1') sent="${esc}OP" ;;
	'key Tab') sent=$'\t' ;; 'key Shift-Tab') sent="$esc[Z" ;;
	'key Enter') sent=$'\r' ;; 'key Esc') sent=$esc ;;
	'key Space') sent=' ' ;; 'key Backspace') sent=$'\177' ;;
	'key Ctrl-L') sent=$'\f' ;; 'key Ctrl-R') sent=$'\022' ;;
	*) sent=${1#keys } ;;
	esac
}

# tmux tells the program of a new size when it finds the time.
size_is() { # COLUMNSxROWS
	[ "$(stty size <"$tty")" = "${1#*x} ${1%x*}" ]
}
# The screen as it should be, as soon as nothing runs that could change it. It
# has the words that say so: a terminal that shows the same has taken all.
shot() { # NUMBER
	# Out of whatever is open; each may be asked or typed into.
	for _ in 1 2 3 4 5 6; do keys Escape; done
	keys -l ":still s$1"
	keys Enter
	until_true test -s "s$1" || { echo "# the screen takes no keys"; return 1; }
}
same() { # NUMBER
	screen | sed 's/ *$//' >"$work/seen"
	diff "s$1" "$work/seen" >"$work/diff"
}
no_stale_cell() { # NUMBER
	shot "$1" || return
	until_true same "$1" && return
	sed 's/^/# /' "$work/diff"
	return 1
}
plays() {
	local batch= n=0 line size
	while read -r line; do
		if [[ $line == resize* ]]; then
			keys -l -- "$batch"
			batch= size=${line#resize }
			tmux resize-window -x "${size%x*}" -y "${size#*x}"
			until_true size_is "$size" || return
			n=$((n + 1))
			no_stale_cell $n || { echo "# after hundred $n, $size"; return 1; }
			continue
		fi
		bytes_for "$line"
		batch+=$sent
	done < <(random_keys "$seed" "$count" bB)
}

# Shots are written beside the context, where they change nothing.
cd "$work" || exit 99
tmux new-session -d -x 80 -y 24 -c "$work" \
	"$VARVE --keys $work/keys context; echo ended with \$?; read -r _" || exit 99
wait_for '\?:help' || skip "no screen in tmux"
tty=$(tmux display -p '#{pane_tty}')
check "no cell is stale in $count keys (seed $seed)" plays
shot last
tmux resize-window -x 80 -y 24
keys -l ':q!'; keys Enter
shows "it ends well" '^ended with 0'
check "no sanitizer complains" sanitizers_are_quiet
finish
