#!/bin/sh
# The floors and doors of src/FLOORS hold for every include in the tree.
# FLOORS_ROOT (a directory with src/) is for the test of this test.
set -u
root=${FLOORS_ROOT:-${top_srcdir:-.}}

check_includes() {
	(cd "$root" && grep -rnoE --include='*.[ch]' \
		'^[ 	]*#[ 	]*include[ 	]*[<"][^>"]+[>"]' src) |
	awk -v floors="$root/src/FLOORS" '
	function fail(text) { print "# " text; bad = 1 }
	BEGIN {
		while ((getline line < floors) > 0) {
			n = split(line, word, /[ \t]+/)
			if (word[1] == "floor") {
				level++
				for (i = 2; i <= n; i++) floor[word[i]] = level
			} else if (word[1] == "door") {
				pattern[++doors] = word[2]
				open[doors] = line " "
			}
		}
		if (!level) fail("no floors in " floors)
	}
	{
		split($0, part, ":"); file = part[1]; where = file ":" part[2]
		match($0, /[<"][^>"]+[>"]$/)
		name = substr($0, RSTART + 1, RLENGTH - 2)
		quoted = substr($0, RSTART, 1) == "\""
		split(file, path, "/"); home = path[2]
		if (path[3] == "" ) home = "main"
		for (d = 1; d <= doors; d++)
			if (!quoted && index(name, pattern[d]) == 1 &&
			    index(open[d], " " file " ") == 0)
				fail(where ": <" name "> outside its door")
		if (!quoted || name == "config.h") next
		if (split(name, want, "/") < 2) {
			fail(where ": include \"" name "\" without its folder"); next
		}
		if (!(want[1] in floor)) {
			fail(where ": folder " want[1] " is on no floor"); next
		}
		if (home == "main") next
		if (!(home in floor)) { fail(where ": folder " home " is on no floor"); next }
		if (want[1] != home && floor[want[1]] >= floor[home])
			fail(where ": " home " may not include " want[1])
	}
	END { exit bad }'
}

check_circles() {
	(cd "$root/src" && grep -oE '^#include "[^"]+"' */*.h 2>/dev/null) |
	sed -n 's/^\([^:]*\):#include "\(.*\)"$/\1 \2/p' |
	tsort >/dev/null 2>/tmp/floors.$$
	status=$?
	sed 's/^/# /' /tmp/floors.$$
	rm -f /tmp/floors.$$
	return $status
}

# The test of the test: a tree with one wrong include each must fail.
bites() {
	sample=$(mktemp -d) || return 1
	mkdir -p "$sample/src/base" "$sample/src/plan" "$sample/src/store" \
		"$sample/src/context"
	cp "$root/src/FLOORS" "$sample/src/"
	printf '%s\n' "$1" >"$sample/src/$2"
	if FLOORS_ROOT=$sample sh "$0" >/dev/null 2>&1; then
		rm -rf "$sample"
		return 1
	fi
	rm -rf "$sample"
}

failed=0
report() { # status number name
	if [ "$1" -eq 0 ]; then echo "ok $2 - $3"
	else echo "not ok $2 - $3"; failed=1; fi
}

if [ -n "${FLOORS_ROOT:-}" ]; then
	echo 1..2
	check_includes; report $? 1 "includes go down only and through doors"
	check_circles; report $? 2 "headers have no circle"
	exit $failed
fi
echo 1..6
check_includes; report $? 1 "includes go down only and through doors"
check_circles; report $? 2 "headers have no circle"
bites '#include "plan/plan.h"' base/err.c; report $? 3 "an upward include fails"
bites '#include "store/store.h"' context/walk.c; report $? 4 "a sideways include fails"
bites '#include <curses.h>' plan/plan.c; report $? 5 "a library outside its door fails"
bites '#include "nowhere/x.h"' plan/plan.c; report $? 6 "a folder on no floor fails"
exit $failed
