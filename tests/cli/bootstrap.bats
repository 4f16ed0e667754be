# The set-up script says what is wrong on machines it does not know.

load common

@test "bootstrap without a word shows its usage and exits 2" {
	run "$top_srcdir/bootstrap"
	[ "$status" -eq 2 ]
	[[ $output == *"./bootstrap run"* ]]
}

@test "a machine without apt-get gets a clear message" {
	mkdir "$BATS_TEST_TMPDIR/bin"
	for tool in sh dirname sed id cat tr printf; do
		ln -s "$(command -v "$tool")" "$BATS_TEST_TMPDIR/bin/$tool" 2>/dev/null || true
	done
	PATH=$BATS_TEST_TMPDIR/bin run "$BATS_TEST_TMPDIR/bin/sh" "$top_srcdir/bootstrap" build
	[ "$status" -eq 1 ]
	[[ $output == *"no apt-get here"* ]]
}
