#!/bin/sh
# The tutorial: a private store, a base image made offline, the five-line
# Dockerfile. On a terminal it opens the screen; without one it prints the
# three scenes: the first build, the second one all cached, and the change.
#
#	tour.sh VARVE DIRECTORY        DIRECTORY is made; it holds everything
set -eu
varve=$1
home=$2
here=$(cd "$(dirname "$0")" && pwd)

mkdir -p "$home/work"
VARVE_ROOT=$home/store
export VARVE_ROOT
for name in Dockerfile second.txt third.txt new_second.txt; do
	[ -e "$home/work/$name" ] || cp "$here/$name" "$home/work/$name"
done
chmod 0644 "$home"/work/*
if ! "$varve" inspect alpine:latest >/dev/null 2>&1; then
	sh "$here/base.sh" | "$varve" import - alpine:latest >/dev/null
fi

if [ -t 0 ] && [ -t 1 ] && [ "${TOUR_SCENES:-no}" = no ]; then
	exec "$varve" "$home/work"
fi

say() { printf '\n== %s\n' "$*"; }
run() { printf '$ varve %s\n' "$*"; "$varve" "$@"; }
list() {
	printf '$ ls image/overlay2/imagedb/content/sha256\n'
	ls "$VARVE_ROOT/image/overlay2/imagedb/content/sha256"
}

cp "$here/Dockerfile" "$home/work/Dockerfile"
cd "$home"
say "Scene 1: the first build. Five steps, five images."
run build -t tutorial:1 work
list
say "Each image names its parent."
for file in "$VARVE_ROOT"/image/overlay2/imagedb/metadata/sha256/*/parent; do
	id=$(basename "$(dirname "$file")")
	printf '%.12s  parent %.12s\n' "$id" "$(cut -d: -f2 "$file")"
done
say "Scene 2: the same again. Every step uses the cache, no image is new."
run build -t tutorial:2 work
list
say "Scene 3: a line goes in after the third. What will the build do?"
cp "$here/Dockerfile.changed" work/Dockerfile
run plan work
run build -t tutorial:3 work
list
say "The chain has a new branch."
run tree
