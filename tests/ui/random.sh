#!/bin/bash
# Random keys and sizes without a terminal do not end the screen, nor keep it
# from drawing. UI_SEED=N tries another seed, UI_KEYS=N another number.
set -u
. "${top_srcdir:-$(dirname "$0")/../..}/tests/ui/common.bash"
begin; make_store; watch_sanitizers
seed=${UI_SEED:-1} count=${UI_KEYS:-20000}
mkdir "$work/out"
{
	echo wait plan
	random_keys "$seed" "$count"
	printf 'key Esc\nkey Esc\nresize 80x24\nsave %s/last\nquit\n' "$work/out"
} >"$work/script"
plays() {
	(cd "$work/context" && timeout 600 "$VARVE" tui --headless \
		--size 80x24 --script "$work/script" .) >"$work/said" 2>&1 &&
		[ "$(wc -l <"$work/out/last")" -eq 24 ] && return
	sed 's/^/# /' "$work/said" | tail -40
	return 1
}
check "$count random keys and sizes (seed $seed)" plays
check "no sanitizer complains" sanitizers_are_quiet
finish
