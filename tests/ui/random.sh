#!/bin/bash
# 20,000 random keys and 200 random sizes do not end the screen, nor keep it
# from drawing. The seed is fixed; UI_SEED=N tries another. What builds or
# needs an editor (b, B, e) is left out, other tests have these; so is what
# writes where random words say (X).
set -u
. "${top_srcdir:-$(dirname "$0")/../..}/tests/ui/common.bash"
begin; make_store
seed=${UI_SEED:-1}
mkdir "$work/out"

# awk's own random numbers differ from awk to awk; these do not.
awk -v x="$seed" -v out="$work/out" '
function random(n) { x = (x * 16807) % 2147483647; return x % n }
BEGIN {
	n = split("Up Down Left Right PgUp PgDn Home End Tab Shift-Tab " \
		  "Enter Esc F1 Backspace Delete Space Ctrl-L Ctrl-R", named)
	plain = "acdfghijklmnopqrstuvwxyzACDEFGHIJKLMNOPRSTUVWYZ" \
		"/?*~#+019.-한"
	print "wait plan"
	for (i = 1; i <= 20000; i++) {
		if (i % 100 == 0)
			printf "resize %dx%d\n", 1 + random(220), 1 + random(70)
		if (random(3) == 0) { print "key " named[1 + random(n)]; continue }
		c = substr(plain, 1 + random(length(plain)), 1)
		# q leaves, which would end the test early.
		print "keys " (c == "q" ? "k" : c)
	}
	print "key Esc"; print "key Esc"; print "resize 80x24"
	print "save " out "/last"; print "quit"
}' </dev/null >"$work/script"
plays() {
	(cd "$work/context" && timeout 100 "$VARVE" tui --headless \
		--size 80x24 --script "$work/script" .) >"$work/said" 2>&1 &&
		[ "$(wc -l <"$work/out/last")" -eq 24 ] && return
	sed 's/^/# /' "$work/said" | tail -40
	return 1
}
check "random keys and sizes (seed $seed)" plays
finish
