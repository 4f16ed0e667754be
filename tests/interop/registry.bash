# A registry of the tests' own on loopback, and things that go wrong before it.

load ../cli/common

need_registry() {
	command -v docker-registry >/dev/null || skip "docker-registry is missing (Debian package docker-registry)"
	command -v python3 >/dev/null || skip "python3 is missing"
}

free_port() {
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# start_registry DIR [YAML]: sets REGISTRY to its host:port.
start_registry() {
	local dir=$1 port i
	port=$(free_port)
	mkdir -p "$dir"
	printf 'version: 0.1\nlog: {accesslog: {disabled: true}, level: error}\nstorage: {filesystem: {rootdirectory: %s/data}, delete: {enabled: true}}\nhttp: {addr: "127.0.0.1:%s"%s}\n%s\n' \
		"$dir" "$port" "${3:-}" "${2:-}" >"$dir/config.yml"
	docker-registry serve "$dir/config.yml" >"$dir/log" 2>&1 3>&- &
	echo $! >"$dir/registry-pid"
	for i in $(seq 100); do
		(: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
		read -rt 0.1 <> <(:) || :
	done
	REGISTRY=127.0.0.1:$port
	echo "$REGISTRY" >"$dir/host"
}

stop_registry() { # DIR
	[ ! -s "$1/registry-pid" ] || kill "$(cat "$1/registry-pid")" 2>/dev/null || true
}

# A file of tests has one registry in start_registry "$file_registry", which
# ends with it; each test finds it in REGISTRY and has a client of its own.
# Files that need more have their own setup and teardown_file.
file_registry=${BATS_FILE_TMPDIR:-}/registry
teardown_file() { stop_registry "$file_registry"; }
setup() { fresh_client; }

fresh_client() {
	fresh
	export DOCKER_CONFIG=$BATS_TEST_TMPDIR/docker
	[ ! -s "$file_registry/host" ] || REGISTRY=$(cat "$file_registry/host")
}

# faulty MODE: a proxy before $REGISTRY; sets FAULTY, its requests in requests.
faulty() {
	python3 "$top_srcdir/tests/interop/faults.py" "${REGISTRY#*:}" "$PWD/requests" "$1" >proxy-port 2>proxy-errors 3>&- &
	echo $! >>"$BATS_TEST_TMPDIR/proxy-pids"
	local i
	for i in $(seq 100); do
		[ -s proxy-port ] && break
		read -rt 0.1 <> <(:) || :
	done
	FAULTY=127.0.0.1:$(cat proxy-port)
	rm proxy-port
}

stop_proxies() {
	local pid
	while read -r pid; do
		kill "$pid" 2>/dev/null || true
	done <"$BATS_TEST_TMPDIR/proxy-pids" || true
} 2>/dev/null

# An image of three layers that are not the same anywhere, in x/app:1.
make_image() {
	export VARVE_ROOT=$BATS_FILE_TMPDIR/maker
	mkdir -p "$BATS_FILE_TMPDIR/ctx/etc"
	head -c 300000 /dev/urandom >"$BATS_FILE_TMPDIR/ctx/a"
	head -c 200000 /dev/urandom >"$BATS_FILE_TMPDIR/ctx/b"
	tar -C "$BATS_FILE_TMPDIR/ctx" -cf - etc | "$VARVE" import - base:1 >/dev/null
	printf 'FROM base:1\nCOPY a /a\nCOPY b /b\n' | "$VARVE" build -q -t app:1 -f - "$BATS_FILE_TMPDIR/ctx" >/dev/null
	"$VARVE" save -o "$BATS_FILE_TMPDIR/app.tar" app:1
}

tar_to_registry() { # REFERENCE [skopeo's words]
	local ref=$1
	shift
	skopeo copy -q --dest-tls-verify=false "$@" "docker-archive:$BATS_FILE_TMPDIR/app.tar" "docker://$ref" >/dev/null
}
