#!/usr/bin/env bats
# Bearer tokens, identity tokens and TLS, against docker-registry with a token
# server.

load registry

setup_file() {
	need_registry
	command -v openssl >/dev/null || skip "openssl is missing"
	local dir=$BATS_FILE_TMPDIR
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$dir/tok.key" -out "$dir/tok.crt" -days 2 \
		-subj /CN=t -addext subjectAltName=IP:127.0.0.1 2>/dev/null
	python3 "$top_srcdir/tests/interop/token_server.py" "$dir" >"$dir/port" 2>/dev/null 3>&- &
	echo $! >"$dir/token-pid"
	for i in $(seq 100); do
		[ -s "$dir/port" ] && break
		read -rt 0.1 <> <(:) || :
	done
	start_registry "$file_registry" \
		"auth: {token: {realm: 'http://127.0.0.1:$(cat "$dir/port")/token', service: service, issuer: issuer, rootcertbundle: $dir/tok.crt}}" \
		", tls: {certificate: $dir/tok.crt, key: $dir/tok.key}"
	make_image
}
teardown_file() {
	[ ! -s "$BATS_FILE_TMPDIR/token-pid" ] || kill "$(cat "$BATS_FILE_TMPDIR/token-pid")"
	stop_registry "$file_registry"
}
setup() {
	fresh_client
	"$VARVE" load -q -i "$BATS_FILE_TMPDIR/app.tar" >/dev/null
	"$VARVE" tag app:1 "$REGISTRY/t/app:1"
}

@test "who is nobody may not push" {
	run "$VARVE" push "$REGISTRY/t/app:1"
	[ "$status" -eq 1 ]
	[[ $output == *"unauthorized: authentication required" ]]
}

@test "a wrong password is told in the server's words" {
	run "$VARVE" login -u joe --password-stdin "$REGISTRY" <<<wrong
	[ "$status" -eq 1 ]
	[[ $output == *"bad password" ]]
}

@test "login keeps the identity token, push and pull show it; nobody pulls too" {
	echo secret | "$VARVE" login -u joe --password-stdin "$REGISTRY"
	[ "$(jq -c ".auths[\"$REGISTRY\"]" docker/config.json)" = '{"auth":"am9lOg==","identitytoken":"idtok"}' ]
	"$VARVE" push -q "$REGISTRY/t/app:1"
	grep -q 'POST .*"refresh_token": \["idtok"\].*"scope": \["repository:t/app:push,pull"\]' "$BATS_FILE_TMPDIR/asked"
	export VARVE_ROOT=$PWD/other
	"$VARVE" pull -q "$REGISTRY/t/app:1"
	"$VARVE" logout "$REGISTRY"
	VARVE_ROOT=$PWD/third "$VARVE" pull -q "$REGISTRY/t/app:1"
	tail -n 1 "$BATS_FILE_TMPDIR/asked" | grep -q 'GET .*"scope": \["repository:t/app:pull"\]'
	[ "$("$VARVE" fsck)" = whole ]
}
