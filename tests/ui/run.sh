#!/bin/sh
# Key scripts and the screens they must give. tests/ui/<name>.script begins
# with "# size COLSxROWS" and "# store none|base|built"; the screens that it
# saves must equal tests/ui/<name>/*. UI_UPDATE=1 writes them anew.
# IDs and times are masked by --fixed, sizes from 1 kB on here.
set -u
: "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
: "${VARVE:=$top_srcdir/build/varve}"
here=$top_srcdir/tests/ui
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
export LC_ALL=C.UTF-8 TZ=UTC XDG_CACHE_HOME="$work/cache" VARVE
unset NO_COLOR VARVE_ROOT VISUAL EDITOR
# No registry is asked, whatever network there is.
export https_proxy=http://127.0.0.1:1 HTTPS_PROXY=http://127.0.0.1:1

context() { # DIR: the tutorial's files
	mkdir -p "$1"
	for f in Dockerfile second.txt third.txt new_second.txt; do
		cp "$top_srcdir/data/tutorial/$f" "$1/$f" || return 1
	done
	chmod 0644 "$1"/* && touch -d @1600000000 "$1"/*
}

# Stores are made once and copied, so that each script has its own.
prepare() {
	context "$work/context" &&
	sh "$top_srcdir/data/tutorial/base.sh" >"$work/base.tar" &&
	"$VARVE" import --root "$work/base" "$work/base.tar" alpine:latest &&
	cp -a "$work/base" "$work/built" &&
	"$VARVE" build --root "$work/built" -t demo:1 "$work/context"
}

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

set -- "$here"/*.script
if ! prepare >"$work/prepared" 2>&1; then
	sed 's/^/# /' "$work/prepared"
	echo "1..0 # SKIP the tutorial cannot be built here"
	exit 0
fi
echo "1..$#"
n=0 failed=0
for script; do
	n=$((n + 1)) name=$(basename "$script" .script)
	if run_one "$name"; then echo "ok $n - $name"
	else echo "not ok $n - $name"; failed=1; fi
done
exit $failed
