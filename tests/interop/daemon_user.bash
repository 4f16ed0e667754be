# A dockerd whose socket is for a group, and a user who is in it, has
# subordinate ids and can read nothing of the data root.

load common

GROUP=daemon # of Debian's base system, as nobody is

need_user() {
	command -v setpriv >/dev/null || skip "setpriv is missing (Debian package util-linux)"
	command -v newuidmap >/dev/null || skip "newuidmap is missing (Debian package uidmap)"
	getent passwd nobody >/dev/null && getent group $GROUP >/dev/null ||
		skip "there is no user nobody or no group $GROUP"
}

# What the user has to pass through, and his home in DIR/home.
make_user() { # DIR
	local up
	for up in "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_TEST_TMPDIR" "$1"; do
		[ -d "$up" ] && chmod a+x "$up"
	done
	mkdir -p "$1/home"
	echo nobody:100000:65536 >"$1/subids"
	chown nobody "$1/home"
}

# as_user DIR GROUPS command...: nobody, with the daemon of DIR.
as_user() {
	local dir=$1 groups=$2
	shift 2
	unshare -m sh -c 'mount --bind "$0/subids" /etc/subuid && mount --bind "$0/subids" /etc/subgid && g=$1 && shift &&
		exec setpriv --reuid nobody --regid nogroup --groups "$g" env -u VARVE_ROOT HOME="$0/home" XDG_CACHE_HOME="$0/home/cache" DOCKER_HOST="${TO:-unix://$0/sock}" "$@"' \
		"$dir" "$groups" "$@"
}

user() { as_user "$BATS_FILE_TMPDIR/d" $GROUP "$@"; }

# For setup_file: a dockerd for the group, with a base image.
start_group_dockerd() {
	need_dockerd
	need_user
	DOCKERD_FLAGS="--group $GROUP" start_dockerd "$BATS_FILE_TMPDIR/d"
	dock "$BATS_FILE_TMPDIR/d" import - alpine:latest <"$(base_tar)"
}

# For setup: a context that the user may enter.
enter_as_user() {
	D=$BATS_FILE_TMPDIR/d
	make_user "$D"
	fresh
	unset VARVE_ROOT
	chmod a+rx context
}
