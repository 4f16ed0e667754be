#!/bin/sh
# 20,000 random keys and 200 random sizes do not end the screen, nor keep it
# from drawing. The seed is fixed; UI_SEED=N tries another. What builds or
# needs an editor (b, B, e) is left out, other tests have these; so is what
# writes where random words say (X).
set -u
: "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
: "${VARVE:=$top_srcdir/build/varve}"
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
export LC_ALL=C.UTF-8 TZ=UTC XDG_CACHE_HOME="$work/cache"
unset NO_COLOR VARVE_ROOT VISUAL EDITOR

echo "1..1"
seed=${UI_SEED:-1}
mkdir "$work/context" "$work/out"
cp "$top_srcdir"/data/tutorial/* "$work/context"
sh "$top_srcdir/data/tutorial/base.sh" >"$work/base.tar" &&
"$VARVE" import --root "$work/store" "$work/base.tar" alpine:latest \
	>"$work/said" 2>&1 || { echo "ok 1 # SKIP no store here"; exit 0; }

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
if (cd "$work/context" && timeout 100 "$VARVE" tui --headless --size 80x24 \
	--script "$work/script" --root "$work/store" .) >"$work/said" 2>&1 &&
   [ "$(wc -l <"$work/out/last")" -eq 24 ]; then
	echo "ok 1 - random keys and sizes (seed $seed)"
else
	echo "# status $?"; sed 's/^/# /' "$work/said" | tail -40
	echo "not ok 1 - random keys and sizes (seed $seed)"
	exit 1
fi
