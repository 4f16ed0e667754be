#!/bin/bash
# Key scripts and the screens they must give. tests/ui/<name>.script begins
# with "# size COLSxROWS" and "# store none|base|built|family"; the screens it
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

# FROM alpine and more lines, under a tag, in the store family.
relative() { # TAG LINES
	mkdir -p "$work/relative" &&
	printf 'FROM alpine\n%b\n' "$2" >"$work/relative/Dockerfile" &&
	"$VARVE" build --root "${3:-$work/family}" -t "$1" "$work/relative"
}

# built, and what else there is: an image that was loaded, one whose name went
# on, one whose child has its name, one that a container uses, many names.
family() {
	cp -a "$work/built" "$work/family" && cp -a "$work/base" "$work/far" &&
	relative load:1 'RUN echo one >one\nENV A=1' "$work/far" &&
	"$VARVE" save --root "$work/far" -o "$work/load.tar" load:1 &&
	"$VARVE" load --root "$work/family" -i "$work/load.tar" &&
	relative old:1 'RUN echo old >old' &&
	relative old:1 'RUN echo new >new' &&
	relative used:1 'ENV USED=1' &&
	mkdir -p "$work/family/containers/c0ffee012345678" &&
	echo "{\"Image\":\"$("$VARVE" images --root "$work/family" -q \
		--no-trunc used:1)\",\"Name\":\"/holder\"}" \
		>"$work/family/containers/c0ffee012345678/config.v2.json" &&
	relative used:1 'ENV USED=2\nENV OTHER=1' &&
	for name in demo:latest registry.example.com:5000/team/sub/demo:v1.2.3-rc.1_x \
		a__b.c--d/e:0; do
		"$VARVE" tag --root "$work/family" demo:1 $name || return 1
	done
}

# Stores are made once and copied, so that each script has its own.
prepare() {
	mv "$work/store" "$work/base" && cp -a "$work/base" "$work/built" &&
	"$VARVE" build --root "$work/built" -t demo:1 "$work/context" && family
}
make_store prepare
unset VARVE_ROOT
set -- "$here"/*.script
for script; do
	name=$(basename "$script" .script)
	check "$name" run_one "$name"
done
finish
