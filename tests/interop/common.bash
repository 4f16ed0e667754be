# A real dockerd 20.10 of the tests' own: started on loopback sockets and
# directories below the test's temporary directory, ended by its pid.

load ../cli/common

need_dockerd() {
	[ "$(id -u)" -eq 0 ] || skip "dockerd needs root"
	command -v dockerd >/dev/null || skip "dockerd is missing (Debian package docker.io)"
	dockerd --version | grep -q ' 20\.10\.' || skip "dockerd is not 20.10"
}

# start_dockerd DIR [ROOT]: daemon with its data in ROOT (default DIR/root);
# DOCKERD_FLAGS may add to its words.
start_dockerd() {
	local dir=$1 root=${2:-$1/root} i
	mkdir -p "$dir"
	dockerd --data-root "$root" --exec-root "$dir/exec" -H "unix://$dir/sock" \
		--pidfile "$dir/pid" --iptables=false --bridge=none \
		--storage-driver overlay2 ${DOCKERD_FLAGS:-} >"$dir/log" 2>&1 3>&- &
	echo $! >"$dir/shell-pid"
	for i in $(seq 600); do
		DOCKER_HOST=unix://$dir/sock /usr/bin/docker version >/dev/null 2>&1 && return 0
		kill -0 "$(cat "$dir/shell-pid")" 2>/dev/null || break
		read -rt 0.1 <> <(:) || :
	done
	tail -n 30 "$dir/log" >&2
	return 1
}

stop_dockerd() {
	local dir=$1 pid
	pid=$(cat "$dir/shell-pid" 2>/dev/null) || return 0
	kill "$pid" 2>/dev/null || true
	while kill -0 "$pid" 2>/dev/null; do read -rt 0.05 <> <(:) || :; done
	rm -f "$dir/shell-pid"
	# The daemon leaves its root bind-mounted on itself.
	umount "$dir/exec/netns/default" "${2:-$dir/root}" 2>/dev/null || true
}

dock() { # DIR, then docker's words
	local dir=$1
	shift
	DOCKER_HOST=unix://$dir/sock DOCKER_BUILDKIT=0 DOCKER_CONFIG=$dir/config /usr/bin/docker "$@"
}

dock_build() { # DIR, then build's words
	local dir=$1
	shift
	dock "$dir" build --network=host "$@"
}

# Every layer and config of a store is as the oracles make it.
oracles() { python3 "$top_srcdir/tests/interop/oracles/check.py" "$1"; }

# What a finished classic build did at each step: "hit" or "miss", from its
# console output. FROM is a hit; a step with "Using cache" too.
docker_verdicts() {
	awk '/^Step [0-9]+\/[0-9]+ : / { if (n) printf "%s ", v; n++; v = toupper($4) == "FROM" ? "hit" : "miss" }
		/^ ---> Using cache$/ { v = "hit" } END { print v }'
}
