#!/bin/sh
# The facts of sandbox_test for an ordinary user, who has subordinate ids in a
# mount namespace of this test alone: the system is not touched.
set -u
uid=$((40000 + $$ % 20000))
plan_skip() { echo "1..0 # SKIP $1"; exit 0; }

[ "$(id -u)" -eq 0 ] || plan_skip "needs root to become another user"
for tool in unshare setpriv newuidmap newgidmap; do
	command -v "$tool" >/dev/null || plan_skip "$tool is missing"
done
[ -e /etc/subuid ] && [ -e /etc/subgid ] || plan_skip "no /etc/subuid"

dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
chmod 755 "$dir"
mkdir -m 1777 "$dir/tmp"
echo "tester:3000000:65536" >"$dir/subuid"
{ cat /etc/passwd; echo "tester:x:$uid:$uid::/:/bin/sh"; } >"$dir/passwd"
cp "$top_builddir/tests/unit/sandbox_test" "$dir/" || exit 1
unshare -m --propagation private sh -ec '
	mount --bind "$1/subuid" /etc/subuid
	mount --bind "$1/subuid" /etc/subgid
	mount --bind "$1/passwd" /etc/passwd
	export TMPDIR="$1/tmp"
	exec setpriv --reuid "$2" --regid "$2" --clear-groups "$1/sandbox_test"
' sh "$dir" "$uid"
