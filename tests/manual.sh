#!/bin/sh
# The manual is clean under mandoc's lint, names every verb, and has the keys
# that the program has (MANUAL_UPDATE=1 writes them anew).
page=${top_srcdir:-.}/doc/varve.1
echo 1..3
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

: "${VARVE:=${top_srcdir:-.}/build/varve}"
begin='^\.\\" keys begin' end='^\.\\" keys end'
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
"$VARVE" keys --keys "" --format mdoc >"$work/keys"
if [ -n "${MANUAL_UPDATE:-}" ]; then
	sed -e "/$begin/,/$end/{/$begin/!{/$end/!d}}" -e "/$begin/r $work/keys" \
		"$page" >"$work/page" && cp "$work/page" "$page"
fi
sed -n "/$begin/,/$end/{/$begin/!{/$end/!p}}" "$page" >"$work/printed"
if diff -u "$work/printed" "$work/keys" >"$work/diff"; then
	echo "ok 3 - the manual has the keys that the program has"
else
	sed 's/^/# /' "$work/diff"
	echo "# MANUAL_UPDATE=1 sh tests/manual.sh writes it anew"
	echo "not ok 3 - the manual has the keys that the program has"
fi
