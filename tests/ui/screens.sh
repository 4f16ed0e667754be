#!/bin/sh
# doc/screens.md is what doc/screens.sh writes. That the program still makes
# these screens, run.sh tests.
: "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
export top_srcdir
echo 1..2
if sh "$top_srcdir/doc/screens.sh" | diff "$top_srcdir/doc/screens.md" -; then
	echo "ok 1 - the page has the screens as they are"
else echo "not ok 1 - the page has the screens as they are"; bad=1; fi

if [ "$(grep -c '^```$' "$top_srcdir/doc/screens.md")" = 22 ]; then
	echo "ok 2 - all eleven are there"
else echo "not ok 2 - all eleven are there"; bad=1; fi
exit ${bad:-0}
