#!/bin/bash
# What is required of the screen: twenty requirements, each one test under
# its number. Some have tests of their own that say more: they are named.
set -u
. "${top_srcdir:-$(dirname "$0")/../..}/tests/ui/common.bash"
begin; need_tmux; make_store "$VARVE" build -t demo:1 "$work/context"
cd "$work/context" || exit 99
out=$work/out file=$work/context/Dockerfile
export XDG_STATE_HOME=$work/state

# The script on standard input, played without a terminal in a context of its
# own; what it saves is in $out.
play() { # SIZE [OPTIONS]
	rm -rf "$out" "$work/played"
	mkdir "$out" && context "$work/played" || return 1
	cat >"$work/script"
	(cd "$work/played" && timeout 120 "$VARVE" tui --headless --size "$1" \
		--script "$work/script" --save-dir "$out" "${@:2}" .)
}
has() { grep -qE -- "$2" "$out/$1"; } # SAVED PATTERN
hasnt() { ! has "$@"; }
head_has() { head -n 1 "$out/$1" | grep -qE -- "$2"; }
# Where the cursor is, of the focused pane or the other one.
on_row() { has "$1" ">[^ ]* *$2"; }
columns_are() { # SAVED MOST: no row is wider, by what a terminal would take
	[ "$(wc -L <"$out/$1")" -le "$2" ]
}
opens() { line "clear; $*"; wait_for '\?:help'; } # COMMAND...
closes() { keys q; wait_for '^prompt>$' && line clear; }

# How long the first paint and a key take is tests/bench/screen.py's to tell,
# beside others.
r1="a moved cursor takes 600 bytes, Ctrl-L paints all"
f1() {
	local move full
	opens "$VARVE"
	wait_for '5 hit' && keys j && wait_for 'step 2 of' || return
	move=$(bytes_of j); full=$(bytes_of C-l)
	echo "# a move $move bytes, Ctrl-L $full"
	[ "$move" -le 600 ] && [ "$full" -gt 1000 ] && closes
}

r2="a build, a hash keep no key waiting, their progress shows, Esc stops"
f2() {
	truncate -s 16G "$work/context/large"
	printf 'FROM alpine\nRUN echo first\nCOPY large .\n' >"$file"
	opens "$VARVE --no-session"
	keys jj && wait_for '│>.*COPY' &&
	wait_for '[-|/\\] planning · [0-9.]+ s' && keys Escape &&
	wait_for 'stopped: r plans again' && ! on_screen 'planning' &&
	keys r && wait_for '[-|/\\] planning' && keys j Escape &&
	wait_for 'stopped: r plans again' || return
	rm "$work/context/large"
	printf 'FROM alpine\nRUN sleep 600\n' >"$file"
	wait_for '1 hit 1 miss' && keys b && wait_for '[-|/\\] building step 2/2 · [1-9]' &&
	keys '?' && wait_for 'Help: keys' && keys Escape &&
	wait_for 'building step' && keys Escape &&
	wait_for 'the build was stopped' && closes
}

r3="80x24 has all panes, 60x15 one, less a sentence, 200x60 three columns"
f3() {
	play 80x24 <<-'S' || return
		wait plan
		save a
		key Tab
		save b
		key Tab
		save c
		resize 60x15
		save small
		resize 40x10
		save tiny
		resize 200x60
		save wide
	S
	head_has a 'Images.*\[ Dockerfile' && has b '\[ Why' &&
	head_has c '\[ Images' && head_has small '^─\[ Images [0-9] \]─+$' &&
	has tiny 'needs more' && head_has wide 'Images.*Dockerfile.*Why' &&
	for saved in a:24 small:15 tiny:10 wide:60; do
		[ "$(wc -l <"$out/${saved%:*}")" = "${saved#*:}" ] || return
	done
	# No 25th row, whatever is pressed.
	: >"$work/bytes"
	tmux pipe-pane "cat >>$work/bytes"
	opens "$VARVE"
	keys G Tab G Tab G '?' G; wait_for 'Signs|image that the next' &&
	keys Escape && closes && tmux pipe-pane &&
	! grep -qaE "$esc\\[(2[5-9]|[3-9][0-9])(;[0-9]+H|d)" "$work/bytes"
}

r4="a resize in a prompt, the help, a build: what is selected stays seen"
f4() {
	{
		echo "sh printf 'RUN sleep 600\\n' >>Dockerfile"
		echo 'wait idle'
		echo 'key G'
		for at in / '?' : b; do
			echo "keys $at"
			for size in 41x11 200x60 72x20 3x3 80x24; do
				echo "resize $size"
			done
			[ "$at" = b ] || echo 'key Esc'
		done
		echo 'save building'
		echo 'key c'
		echo 'wait build'
		echo 'wait idle'
		for size in 41x11 72x20 200x60; do
			echo "resize $size"
			echo "save $size"
		done
	} | play 80x24 || return
	has building 'building step' || return
	for size in 41x11 72x20 200x60; do
		columns_are $size ${size%x*} && on_row $size '.*RUN sleep 600' ||
			return
	done
} # no cell is stale: tests/ui/pty.sh

r5="? and F1 show all keys in groups and find one, the last row has eight"
f5() {
	play 200x60 <<-'S' || return
		wait plan
		save panes
		key ?
		save help
		keys /build the
		key Enter
		save found
		key Esc
		key F1
		save again
		key Esc
		resize 80x24
		save file
		key Tab
		save detail
		key Tab
		save tree
		resize 60x15
		save small
		resize 41x11
		save smallest
		key L
		wait idle
		save browser
	S
	local hints seen
	for seen in panes file detail tree small smallest browser; do
		hints=$(tail -n 1 "$out/$seen")
		[ "$(grep -oE '[^ ]+:[a-z]+' <<<"$hints" | wc -l)" -le 8 ] &&
		[[ $hints == *'?:help' ]] || return
	done
	has help '^.Moving' && has help '^ Seeing' && has help 'k Up' &&
	has found '^>.*build the image' && has again '\[ Help'
}

r6="vi's keys and the named ones, none that terminals eat; yours are checked"
f6() {
	local key
	for key in 'k Up' 'j Down' 'PgUp' 'PgDn' 'g Home' 'G End'; do
		"$VARVE" keys | grep -qE " $key" || return
	done
	"$VARVE" keys | grep -qE 'Ctrl-([MIHJSQZ@]|Space)' && return 1
	printf '%s\n' 'build F5' 'why b' 'hex s' 'quit Ctrl-S' 'type-save F6' \
		'type-undo x' 'prompt-leave F7' >"$work/keys"
	play 80x24 --keys "$work/keys" <<-'S' || return
		wait plan
		key F3
		save messages
		key Esc
		key i
		save typing
		key F6
		save saved
		key Esc
		key :
		save prompt
		key F7
		save left
	S
	has messages "keys:3: 's' cannot be 'hex'" &&
	has messages "Ctrl-S' cannot be 'quit'" &&
	has messages "keys:6: 'x' cannot be" &&
	has typing 'F6:save' && has saved 'nothing to save' &&
	has prompt 'F7 leaves' && has left 'Enter:type'
}

r7="/ n N search, upper case is exact; f filters until Esc; * is a change"
f7() {
	play 80x24 <<-'S' || return
		wait plan
		keys /COPY
		key Enter
		save exact
		keys g/cOpY
		key Enter
		save wrong
		keys g/copy
		key Enter
		save found
		keys g/txt
		key Enter
		key n
		save next
		key N
		save before
		key Tab
		key Tab
		keys fadd
		key Enter
		save filtered
		key Esc
		save all
		key f
		key Up
		save past
		key Esc
		keys GL
		wait idle
		keys a*
		save changed
	S
	has exact '│>.*COPY' && has wrong 'not found: cOpY' &&
	has found '│>.*COPY' && has next '│>.*ADD' && has before '│>.*COPY' &&
	head_has filtered 'Images \[add\]' && head_has all 'Images [0-9]' &&
	has past 'filter: add' && has changed '>.*added'
} # tests/ui/search_80x24, tree_80x24, layers_80x24

r8="each state has a sign, a word and a colour, in ASCII too"
f8() {
	printf 'FROM alpine AS one\nRUN echo t >/t\nFROM alpine\nCOPY --from=one /t /t\nCOPY not-there /\n' >"$file"
	opens "$VARVE"
	local esc_all="$esc\\[[0-9;]*m"
	wait_for "$esc_all✓ HIT" -e && wait_for "$esc_all✗ MISS" -e &&
	wait_for "$esc_all\\? LATE" -e && wait_for "$esc_all! FAIL" -e &&
	keys '~' && wait_for '= HIT' && wait_for 'x MISS' &&
	wait_for '\? LATE' && wait_for '! FAIL' && keys L &&
	wait_for "$esc_all\\+ added" -e && keys q && closes
}

r9="colours as asked for, by what there are, in four palettes"
colour="$esc\\[[0-9;]*(3[1-7]|9[1-7]|38;[0-9;]+)m"
coloured() { opens "$@" && wait_for "$colour" -e && closes; }
plain() { opens "$@" && ! on_screen "$colour" -e && closes; }
f9() {
	local term palette
	plain "NO_COLOR=1 $VARVE" && coloured "NO_COLOR= $VARVE" &&
	coloured "NO_COLOR=1 $VARVE --color always" &&
	plain "$VARVE --color never" && plain "$VARVE --palette mono" || return
	for term in xterm xterm-16color xterm-256color xterm-direct; do
		infocmp $term >/dev/null 2>&1 || continue
		coloured "TERM=$term $VARVE" || return
	done
	for palette in dark light high-contrast; do
		coloured "$VARVE --palette $palette" || return
	done
	# The 256 colours' numbers are not those of a terminal that has all.
	if infocmp xterm-direct >/dev/null 2>&1; then
		opens "TERM=xterm-direct $VARVE --palette light" &&
		wait_for "$esc\\[[0-9;]*3[1-7]m" -e &&
		! on_screen "38;2;" -e && closes || return
	fi
	opens "$VARVE --palette mono" && wait_for "$esc\\[[0-9;]*7m" -e &&
	closes && line "TERM=dumb $VARVE" &&
	wait_for "'dumb' cannot show|'dumb' is not known" && line clear
} # tests/ui/terminal.sh

r10="lines are drawn in UTF-8, else by the terminal; in ASCII by --ascii, a key"
f10() {
	opens "$VARVE" && wait_for '─\[ Dockerfile' && keys '~' &&
	wait_for '\-\[ Dockerfile' && keys '~' && wait_for '─\[ Dockerfile' && closes || return
	local locale acs=$'\016' # what follows is of the terminal's lines
	opens "LC_ALL=C $VARVE" && wait_for "${acs}q+.* Dockerfile" -e &&
	wait_for "${acs}x" -e && wait_for "${acs}mq" -e && keys '~' &&
	wait_for '\-\[ Dockerfile' && ! on_screen "$acs" -e && keys '~' &&
	wait_for "${acs}q" -e && closes || return
	for locale in C C.UTF-8; do
		opens "LC_ALL=$locale $VARVE --ascii" &&
		wait_for '\-\[ Dockerfile' && ! on_screen "$acs" -e && closes || return
	done
} # tests/ui/terms.sh

r11="columns are counted by what is seen; what no terminal may get is written out"
f11() {
	{
		printf "sh printf 'FROM alpine\\\\nRUN : \\\\033]0;x\\\\007 \\\\377\\\\nRUN : 층리층리층리층리층리층리 e\\\\314\\\\201\\\\n' >Dockerfile\n"
		echo 'wait idle'
		for width in $(seq 42 100); do
			echo "resize ${width}x24"
			echo "save $width"
		done
	} | play 80x24 || return
	has 100 '\\x1b]0;x\\x07 \\xff' && has 100 '층리층리' || return
	for width in $(seq 42 100); do
		columns_are $width $width || return
		! LC_ALL=C grep -q $'[\001-\011\013-\037\177]' "$out/$width" || return
	done
} # tests/unit/text_test, canvas_test

r12="the mouse clicks, opens, rolls and drags; it can be given back"
f12() {
	play 80x24 <<-'S' || return
		wait plan
		mouse press 4 60
		save click
		key ?
		mouse down 5 60
		save wheel
		key Esc
		mouse press 4 39
		mouse release 4 60
		save dragged
		mouse double 2 5
		wait idle
		save opened
	S
	has click '│>.*COPY' && head_has wheel ' [2-9]-[0-9]+ of' && has opened '\[ .*ayers alpine' &&
	head_has dragged '^.{50,65}[│┬]' || return
	clicks_are() { [ "$(tmux display -p '#{mouse_any_flag}')" = "$1" ]; }
	opens "TERM=xterm-256color $VARVE --no-mouse" && clicks_are 0 &&
	keys F2 && until_true clicks_are 1 && keys F2 &&
	until_true clicks_are 0 && closes
}

r13="Ctrl-Z, the editor at the line, a shell: with a sane terminal, and back"
f13() {
	printf '#!/bin/sh\necho "$1" >>%s/edited\nsed -i "s/echo first/echo other/" "$2"\n' "$work" >"$work/editor"
	chmod +x "$work/editor"
	line "clear; EDITOR=$work/vi $VARVE"
	mv "$work/editor" "$work/vi"
	wait_for '5 hit' && keys C-z && wait_for 'Stopped' && line fg &&
	wait_for '5 hit' && keys j && wait_for 'step 2 of' && keys e &&
	wait_for '1 hit 4 miss' && grep -qx '+2' "$work/edited" || return
	keys ':!grep Sig[BI] /proc/self/status; stty -a'; keys Enter
	# 32 and 33 are the C library's own, whoever started the tests.
	wait_for 'SigIgn:.0{7}[01][08]0{7}$' && wait_for 'SigBlk:.0+$' &&
	wait_for '(^| )icanon' && wait_for '(^| )echo ' && keys Enter &&
	wait_for '1 hit 4 miss' && keys '!' && wait_for 'prompt> *$' &&
	line exit && wait_for '1 hit 4 miss' && closes
}

r14="y copies an ID, a path, a reason, and says it whatever the terminal does"
clipboard_has() { tmux show-buffer 2>/dev/null | grep -qE -- "$1"; }
f14() {
	tmux set-option -g set-clipboard on
	opens "$VARVE --no-session"
	wait_for '5 hit' && keys y && wait_for 'copied sha256:[0-9a-f]{64}' &&
	until_true clipboard_has '^sha256:[0-9a-f]{64}$' &&
	keys Tab y && wait_for 'copied [0-9]+ lines: .*step 1 of' &&
	until_true clipboard_has 'step 1 of' &&
	keys Tab Enter && wait_for 'added .*bin/' && keys Tab y || return
	wait_for 'copied /[a-z]' && until_true clipboard_has '^/[a-z]' &&
	keys q && closes || return
	# Without a clipboard, too; more than one takes is told of.
	play 80x24 <<-'S' || return
		wait plan
		key y
		save text
	S
	has text 'not copied: sha256:[0-9a-f]{50}' || return
	{ printf 'FROM alpine\nLABEL'; printf ' \\\n a=%s' $(seq -w 9999); } >"$file"
	opens "$VARVE --no-session" && wait_for '1 miss' && keys j && wait_for 'step 2 of' &&
	keys Tab y && wait_for 'not copied: [0-9]+ lines: .*step 2 of' && closes
}

r15="the status line has image, target, counts, time and the last error"
f15() {
	opens "$VARVE"
	wait_for '^ [0-9a-f]{8} 5 hit · nothing' && closes || return
	printf 'FROM alpine AS one\nRUN echo new\nFROM one\nRUN false\n' >"$file"
	opens "$VARVE -t demo:9 -t demo:10 --target one"
	wait_for '^ demo:9 target one 1 hit 1 miss · next build: time not known' &&
	keys : && keys nonsense Enter && wait_for "no command 'nonsense'" &&
	keys F3 && wait_for "command 'nonsense'" && keys Escape && closes
}

r16="a script drives the screen and saves it; plan and tree say it as text"
f16() {
	play 80x24 <<-S || return
		wait plan
		keys :screen $work/view
		key Enter
		save screen
	S
	[ "$(wc -l <"$work/view")" = 24 ] || return
	diff <(head -n 22 "$work/view") <(head -n 22 "$out/screen") >&2 &&
	"$VARVE" plan . >"$out/plan" && "$VARVE" tree >"$out/tree" &&
	"$VARVE" --plain . >"$out/plain" &&
	{ cat "$out/tree"; echo; cat "$out/plan"; } | diff - "$out/plain" &&
	! grep -q "$esc" "$out/plan" "$out/tree" && has plan 'HIT .*RUN echo first' &&
	has plan '5 hit · nothing to build' && has tree 'RUN echo first'
}

r17="without a terminal it refuses in words and writes no code into a pipe"
f17() {
	"$VARVE" </dev/null >"$out/piped" 2>"$out/said" && return 1
	[ ! -s "$out/piped" ] && has said 'needs a terminal' &&
	hasnt said "$esc" && "$VARVE" --help >"$out/help" && hasnt help "$esc" &&
	# With a terminal for keys alone, too.
	line "clear; $VARVE | cat -v" && wait_for 'the screen needs a terminal' &&
	! on_screen '\^\[' && line clear
}

r18="the locale C works; Korean words leave the columns in line"
f18() {
	LC_ALL=C play 80x24 <<-'S' || return
		wait plan
		save c
	S
	! LC_ALL=C grep -q '[^ -~]' "$out/c" && has c 'HIT' || return
	LC_ALL=C play 80x24 <<-'S' || return
		sh printf 'FROM alpine\nRUN echo 층\n' >Dockerfile
		wait idle
		save c
	S
	! LC_ALL=C grep -q '[^ -~]' "$out/c" && has c 'echo \\xec\\xb8\\xb5' || return
	play 80x24 <<-'S' || return
		sh printf 'FROM alpine\nRUN echo 층리\nRUN echo 나이테 é\n' >Dockerfile
		wait idle
		save korean
	S
	# The line between the panes stands in one column.
	[ "$(sed '/ Why/,$d' "$out/korean" | python3 -c '
import sys, unicodedata
wide = lambda c: 0 if unicodedata.combining(c) else \
	1 + (unicodedata.east_asian_width(c) in "WF")
print(*{sum(map(wide, l[:l.rindex("│")])) for l in sys.stdin})')" = 38 ]
}

r19="whatever ends it, the terminal is as it was"
f19() {
	local signal
	line "ulimit -c 0"
	for signal in SEGV ABRT HUP TERM; do
		line "clear; echo a word from before; stty -g >$work/modes"
		wait_for '^a word' && line "$VARVE" && wait_for '\?:help' || return
		kill -$signal "$(pid_of_screen)"
		wait_for 'a word from before' || return
		line "clear; stty -g | cmp - $work/modes && echo same\\ modes"
		wait_for '^same modes' && line clear || return
	done
} # with sanitizers, too: this test and its neighbours run as they do here

r20="the session has cursor, folds, split and filter; --fresh begins anew"
f20() {
	play 80x24 --session <<-'S' || return
		wait plan
		keys :3
		key Enter
		key Shift-Tab
		key Space
		keys fdemo
		key Enter
		mouse press 4 39
		mouse release 4 60
		wait idle
		save before
	S
	cp "$out/before" "$work/before" && play 80x24 --session <<-'S' || return
		wait plan
		wait idle
		save again
		key f
		key Ctrl-U
		key Enter
		keys g
		key Space
		save folded
	S
	head_has again 'Images \[demo\]' && head_has again '^.{50,65}[│┬]' &&
	diff "$work/before" "$out/again" >&2 && cp "$out/folded" "$work/folded" ||
		return
	play 80x24 --session <<-'S' || return
		wait plan
		wait idle
		save again
	S
	has again '>.*\+[0-9]' && diff "$work/folded" "$out/again" >&2 || return
	play 80x24 --session --fresh <<-'S' || return
		wait plan
		save fresh
		keys :2
		key Enter
	S
	head_has fresh 'Images [0-9]' && head_has fresh '^.{38}[│┬]' &&
	has fresh '│>.*FROM' || return
	play 80x24 --session <<-'S' || return
		wait plan
		save after
	S
	has after '│>.*RUN echo first' || return
	# A stage that was folded is, wherever it is then.
	play 80x24 --session <<-'S' || return
		sh printf 'FROM alpine AS one\nRUN a\nFROM alpine\nRUN b\n' >Dockerfile
		wait plan
		wait idle
		keys g
		key Space
		save folded
	S
	has folded '▸ FROM' && play 80x24 --session <<-'S' || return
		sh printf 'FROM alpine\nRUN b\nFROM alpine AS one\nRUN a\n' >Dockerfile
		wait plan
		wait idle
		save moved
	S
	has moved '▸ FROM .* AS one' && has moved 'MISS   RUN b' && hasnt moved 'MISS   RUN a'
} # tests/unit/session_test, stage_view_test

open_shell SHELL=/bin/sh
[ $# -gt 0 ] || set -- $(seq 20) # or those that are named
for i; do
	context "$work/context"
	rm -rf "$work/state" "$out" && mkdir "$out"
	name=r$i
	"f$i" >"$work/why" 2>&1
	status=$?
	sed 's/^#* */# /' "$work/why"
	if [ $status = 0 ]; then pass "requirement $i: ${!name}"
	else fail "requirement $i: ${!name}" "$(tail -n +1 "$out"/* 2>/dev/null)"; fi
	# What failed may have left a screen.
	[ $status = 0 ] || tmux respawn-pane -k
done
finish
