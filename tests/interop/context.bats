# varve context against the tar that the real docker client sends.

load common

@test "every vector and real ignore files: names and length of the client's tar" {
	[ -x /usr/bin/docker ] || skip "the docker client is missing"
	command -v python3 >/dev/null || skip "python3 is missing"
	run timeout 300 python3 "$top_srcdir/tests/interop/context_tar.py" "$VARVE" \
		/usr/bin/docker "$top_srcdir/tests/vectors/dockerignore.json" "$BATS_TEST_TMPDIR"
	grep '^not ok' -A2 <<<"$output" || true
	[ "$status" -eq 0 ]
	[ "$(grep -c '^ok' <<<"$output")" -ge 99 ]
}
