#!/bin/sh
# The manual is clean under mandoc's lint and names every verb.
page=${top_srcdir:-.}/doc/varve.1
echo 1..2
if ! command -v mandoc >/dev/null; then
	echo "ok 1 - the manual is clean # SKIP mandoc is missing"
else
	if mandoc -Tlint -W warning "$page"; then echo "ok 1 - the manual is clean"
	else echo "not ok 1 - the manual is clean"; fi
fi
missing=$(sed -n 's/^\t"\([a-z]*\)", "\[\?.*/\1/p' "${top_srcdir:-.}"/src/cli/*.c |
	while read -r verb; do grep -q "Cm.*$verb" "$page" || echo "$verb"; done)
[ -z "$missing" ] || echo "# not in the manual: $missing"
if [ -z "$missing" ]; then echo "ok 2 - the manual names every verb"
else echo "not ok 2 - the manual names every verb"; fi
