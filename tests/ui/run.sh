#!/bin/bash
# Key scripts and the screens they must give. tests/ui/<name>.script begins
# with "# size COLSxROWS" and "# store none|base|built"; the screens that it
# saves must equal tests/ui/<name>/*. UI_UPDATE=1 writes them anew.
# IDs and times are masked by --fixed, sizes from 1 kB on here.
set -u
. "${top_srcdir:-$(dirname "$0")/../..}/tests/ui/common.bash"
begin
here=$top_srcdir/tests/ui

mask() { # FILE
	awk '{
		while (match($0, / +[0-9.]+ [kMG]B/)) {
			s = sprintf("%*s", RLENGTH, ""); gsub(/ /, "#", s)
			$0 = substr($0, 1, RSTART - 1) s substr($0, RSTART + RLENGTH)
		}
		print
	}' "$1"
}

run_one() { # NAME
	name=$1 dir=$work/run/$1
	size=$(sed -n 's/^# size //p' "$here/$name.script")
	store=$(sed -n 's/^# store //p' "$here/$name.script")
	mkdir -p "$dir/out" && context "$dir/context" || return 1
	[ "$store" = none ] || cp -a "$work/$store" "$dir/store" || return 1
	(cd "$dir/context" && timeout 120 "$VARVE" tui --headless --fixed \
		--size "$size" --script "$here/$name.script" \
		--save-dir "$dir/out" --root "$dir/store" -t demo:2 .) \
		>"$dir/said" 2>&1 || { sed 's/^/# /' "$dir/said"; return 1; }
	for f in "$dir"/out/*; do
		mask "$f" >"$f.masked" && mv "$f.masked" "$f"
	done
	if [ -n "${UI_UPDATE:-}" ]; then
		rm -rf "${here:?}/$name" && cp -r "$dir/out" "$here/$name"
	fi
	diff -ru "$here/$name" "$dir/out" >"$dir/diff" || {
		sed 's/^/# /' "$dir/diff"; return 1; }
}

# Stores are made once and copied, so that each script has its own.
prepare() {
	mv "$work/store" "$work/base" && cp -a "$work/base" "$work/built" &&
	"$VARVE" build --root "$work/built" -t demo:1 "$work/context"
}
make_store prepare
unset VARVE_ROOT
set -- "$here"/*.script
for script; do
	name=$(basename "$script" .script)
	check "$name" run_one "$name"
done
finish
