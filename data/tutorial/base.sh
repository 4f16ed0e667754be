#!/bin/sh
# Writes a small root file system as a tar on standard output: busybox, its
# links, and the few files that a base image has. No network is needed; the
# same bytes come out each time.
set -eu
busybox=$(command -v busybox) || {
	echo "base.sh: busybox is missing (Debian package busybox-static)" >&2
	exit 1
}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir -p "$dir/bin" "$dir/etc" "$dir/root" "$dir/tmp" "$dir/home" "$dir/var"
chmod 0755 "$dir" "$dir"/*
chmod 1777 "$dir/tmp"
chmod 0700 "$dir/root"
install -m 0755 "$busybox" "$dir/bin/busybox"
for name in $("$busybox" --list); do
	[ "$name" = busybox ] || ln -s busybox "$dir/bin/$name"
done
printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' >"$dir/etc/passwd"
printf 'root:x:0:\nnobody:x:65534:\n' >"$dir/etc/group"
tar -C "$dir" --sort=name --mtime=@1700000000 --owner=0 --group=0 \
	--numeric-owner --format=ustar -cf - bin etc home root tmp var
