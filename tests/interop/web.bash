# A web server of the tests' own on loopback: web.py.

need_web() { command -v python3 >/dev/null || skip "python3 is missing"; }

# start_web DIR: gives the files of DIR/files, which it makes.
start_web() {
	mkdir -p "$1/files"
	python3 "$top_srcdir/tests/interop/web.py" "$1/port" "$1/files" >/dev/null 2>&1 3>&- &
	echo $! >"$1/pid"
	while kill -0 "$(cat "$1/pid")" && [ ! -s "$1/port" ]; do
		read -rt 0.05 <> <(:) || :
	done
	[ -s "$1/port" ]
}

web_address() { echo "http://127.0.0.1:$(cat "$1/port")"; } # DIR

stop_web() { kill "$(cat "$1/pid")" 2>/dev/null || true; } # DIR
