# Common to the tests of the program: a directory and a store for each test.

: "${top_srcdir:=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)}"
: "${VARVE:=$top_srcdir/build/varve}"
export LC_ALL=C.UTF-8 TZ=UTC NO_COLOR=1
unset VARVE_ROOT DOCKER_HOST

# The base image's tar, made once for all tests of a file.
base_tar() {
	[ -s "$BATS_FILE_TMPDIR/base.tar" ] ||
		sh "$top_srcdir/data/tutorial/base.sh" >"$BATS_FILE_TMPDIR/base.tar"
	echo "$BATS_FILE_TMPDIR/base.tar"
}

# A fresh directory with the tutorial's files in context/ and a store.
fresh() {
	cd "$BATS_TEST_TMPDIR"
	export VARVE_ROOT=$BATS_TEST_TMPDIR/store XDG_CACHE_HOME=$BATS_TEST_TMPDIR/cache
	mkdir context
	cp "$top_srcdir"/data/tutorial/{Dockerfile,second.txt,third.txt,new_second.txt} context/
	chmod 0644 context/*
}

with_base() { "$VARVE" import "$(base_tar)" alpine:latest; }

# Every ID and container name becomes X; what is left must be equal.
mask() { sed -E 's/[0-9a-f]{64}/X/g; s/\b[0-9a-f]{12}\b/X/g'; }

verdicts() { # of a plan's JSON on standard input: "hit miss ..."
	jq -r '[.steps[].verdict] | join(" ")'
}
