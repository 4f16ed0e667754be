# What the tests of the screen share: a place of their own with the tutorial's
# files and a store, a terminal (tmux) in it, and the words in which they say
# what they see. A test begins with
#	. "${top_srcdir:-$(dirname "$0")/../..}/tests/ui/common.bash"
#	begin; need_tmux; make_store
# and ends with finish.
: "${top_srcdir:=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}"
: "${VARVE:=$top_srcdir/build/varve}"
n=0 failed=0
esc=$'\033'

skip() { echo "1..0 # SKIP $1"; exit 0; }

end() {
	[ -S "$work/socket" ] && tmux kill-server 2>/dev/null
	rm -rf "$work" 2>/dev/null
}

# $work, with the tutorial in $work/context; nothing of the user's own.
begin() {
	work=$(mktemp -d) || exit 99
	trap end EXIT
	export LC_ALL=C.UTF-8 TZ=UTC HOME="$work" VARVE_ROOT="$work/store"
	# No registry is asked, whatever network there is.
	export https_proxy=http://127.0.0.1:1 HTTPS_PROXY=http://127.0.0.1:1
	unset NO_COLOR TMUX VISUAL EDITOR
	unset XDG_CACHE_HOME XDG_CONFIG_HOME XDG_STATE_HOME
	context "$work/context" || exit 99
}

context() { # DIR: the tutorial's files, of a fixed time
	mkdir -p "$1" &&
	cp "$top_srcdir"/data/tutorial/{Dockerfile,second.txt,third.txt,new_second.txt} "$1" &&
	chmod 0644 "$1"/* && touch -d @1600000000 "$1"/*
}

# The store has the tutorial's base; of a command that follows: what it makes.
make_store() { # [COMMAND...]
	{ sh "$top_srcdir/data/tutorial/base.sh" >"$work/base.tar" &&
		"$VARVE" import "$work/base.tar" alpine:latest &&
		"${@:-true}"; } >"$work/said" 2>&1 && return
	sed 's/^/# /' "$work/said"
	skip "the tutorial's images cannot be made here"
}

# ---- the terminal ----

need_tmux() { command -v tmux >/dev/null || skip "tmux is missing"; }
tmux() { command tmux -u -S "$work/socket" -f /dev/null "$@"; }
keys() { tmux send-keys "$@"; }
line() { tmux send-keys "$1" Enter; }
screen() { tmux capture-pane -p "$@"; }

# A shell in a window of 80x24, in the context.
open_shell() { # [NAME=VALUE...]
	tmux new-session -d -x 80 -y 24 -c "$work/context" \
		env PS1='prompt> ' "$@" bash --norc --noprofile || exit 99
	wait_for '^prompt>' || skip "no shell in tmux"
}

# Lines of a script: so many random keys, and a random size for each hundred.
# What leaves, edits, builds or writes where random words say is left out, but
# for what is named. awk's own random numbers differ from awk to awk.
random_keys() { # SEED COUNT [MORE PLAIN KEYS]
	awk -v x="$1" -v count="$2" -v more="${3:-}" '
	function random(n) { x = (x * 16807) % 2147483647; return x % n }
	BEGIN {
		n = split("Up Down Left Right PgUp PgDn Home End Tab Shift-Tab " \
			  "Enter Esc F1 Backspace Delete Space Ctrl-L Ctrl-R",
			  named)
		plain = "acdfghijklmnoprstuvwxyzACDEFGHIJKLMNOPRSTUVWYZ" \
			"/?*~#+019.-" more
		# A wide character, a combining one, half of one.
		p = split("한 \314\201 \355", odd, " ")
		for (i = 1; i <= count; i++) {
			if (i % 100 == 0)
				printf "resize %dx%d\n", 1 + random(220),
					1 + random(70)
			if (random(3) == 0)
				print "key " named[1 + random(n)]
			else if (random(20) == 0)
				print "keys " odd[1 + random(p)]
			else
				print "keys " substr(plain,
					1 + random(length(plain)), 1)
		}
	}' </dev/null
}

# A sanitizer of this program or of one that it started has said something.
watch_sanitizers() {
	export ASAN_OPTIONS=log_path=$work/sanitizer UBSAN_OPTIONS=log_path=$work/sanitizer
}
sanitizers_are_quiet() {
	ls "$work"/sanitizer* >/dev/null 2>&1 || return 0
	head -n 60 "$work"/sanitizer*
	return 1
}

# ---- what is seen ----

pass() { n=$((n + 1)); echo "ok $n - $1"; }
fail() { # NAME WHY
	n=$((n + 1)) failed=1
	echo "not ok $n - $1"
	printf '%s\n' "$2" | sed 's/^/# /'
	[ ! -S "$work/socket" ] || screen | cat -v | sed 's/^/# /'
}
check() { # NAME COMMAND...
	if "${@:2}"; then pass "$1"; else fail "$1" "${*:2}"; fi
}
on_screen() { # PATTERN (extended) [capture option]: now?
	screen ${2:-} | grep -aqE -- "$1"
}
until_true() { # COMMAND...: 20 s at most
	for _ in $(seq 400); do
		"$@" && return 0
		sleep 0.05
	done
	return 1
}
wait_for() { until_true on_screen "$@"; } # PATTERN [capture option]
shows() { # NAME PATTERN [capture option]
	if wait_for "${@:2}"; then pass "$1"; else fail "$1" "no: $2"; fi
}
lacks() { # NAME PATTERN [capture option], now
	if on_screen "${@:2}"; then fail "$1" "there is: $2"; else pass "$1"; fi
}
# The shell is there again and its screen is clean.
leave() { keys q; shows "q leaves" '^prompt>$'; line clear; }

# The process of the screen that the shell started.
pid_of_screen() {
	for _ in $(seq 100); do
		for pid in $(cat /proc/"$(tmux display -p '#{pane_pid}')"/task/*/children); do
			[ "$(cat /proc/"$pid"/comm)" = varve ] && { echo "$pid"; return; }
		done
		sleep 0.05
	done
}

# Bytes that the program writes to the terminal for a key.
bytes_of() { # KEY
	local last= now=0
	: >"$work/bytes"
	tmux pipe-pane "cat >>$work/bytes"
	keys "$1"
	for _ in $(seq 100); do
		sleep 0.05
		now=$(wc -c <"$work/bytes")
		[ "$now" -gt 0 ] && [ "$now" = "$last" ] && break
		last=$now
	done
	tmux pipe-pane
	echo "$now"
}

finish() { echo "1..$n"; exit $failed; }
