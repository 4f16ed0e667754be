#!/usr/bin/env bats
# A registry that is not on loopback: its certificate has to be proved, and it
# asks for ours. All in a network namespace of the test's own.

load registry

ADDRESS=192.0.2.1

setup_file() {
	need_registry
	command -v openssl >/dev/null || skip "openssl is missing"
	unshare -n ip link set lo up 2>/dev/null || skip "no network namespace here"
	cd "$BATS_FILE_TMPDIR"
	local name
	for name in ca other; do
		openssl req -x509 -newkey rsa:2048 -nodes -keyout $name.key -out $name.crt -days 2 -subj /CN=$name 2>/dev/null
	done
	for name in server client; do
		openssl req -newkey rsa:2048 -nodes -keyout $name.key -out $name.csr -subj /CN=$name 2>/dev/null
		openssl x509 -req -in $name.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -out $name.crt \
			-extfile <(echo "subjectAltName=IP:$ADDRESS") 2>/dev/null
	done
	make_image
}
setup() {
	fresh_client
	keys=$BATS_FILE_TMPDIR
	"$VARVE" load -q -i "$keys/app.tar" >/dev/null
	"$VARVE" tag app:1 $ADDRESS:5000/t/app:1
	printf 'version: 0.1\nlog: {accesslog: {disabled: true}, level: error}\nstorage: {filesystem: {rootdirectory: %s}}\nhttp: {addr: "%s:5000", tls: {certificate: %s, key: %s%s}}\n' \
		"$PWD/data" "$ADDRESS" "$keys/server.crt" "$keys/server.key" "" >config.yml
}

# there SCRIPT: with the registry running, varve's words in a file each.
there() {
	unshare -nm bash -ec '
		ip link set lo up
		ip address add "$0/32" dev lo
		docker-registry serve config.yml >registry.log 2>&1 &
		pid=$!
		trap "kill $pid" EXIT
		for i in $(seq 100); do
			(: <>"/dev/tcp/$0/5000") 2>/dev/null && break
			read -rt 0.1 <> <(:) || :
		done
		'"$1" "$ADDRESS"
}

@test "an unknown authority is refused, and plain HTTP is not tried" {
	run there '"$VARVE" push --retry 1 192.0.2.1:5000/t/app:1'
	[ "$status" -eq 1 ]
	[[ $output == *"certificate"* ]]
	mkdir certs
	cp "$keys/other.crt" certs/
	run there '"$VARVE" push --retry 1 --cert-dir certs 192.0.2.1:5000/t/app:1'
	[ "$status" -eq 1 ]
	[[ $output == *"certificate"* ]]
}

@test "the authority of --cert-dir is believed, and any with --insecure-registry" {
	mkdir certs
	cp "$keys/ca.crt" certs/
	there '"$VARVE" push -q --cert-dir certs 192.0.2.1:5000/t/app:1
		VARVE_ROOT=$PWD/other "$VARVE" pull -q --insecure-registry 192.0.2.1:5000 192.0.2.1:5000/t/app:1'
	[ "$(VARVE_ROOT=$PWD/other "$VARVE" fsck)" = whole ]
}

@test "a registry that wants to know who we are gets the client's pair" {
	sed -i "s#server.key#server.key, clientcas: [$keys/ca.crt]#" config.yml
	mkdir certs
	cp "$keys/ca.crt" certs/
	run there '"$VARVE" push --retry 1 --cert-dir certs 192.0.2.1:5000/t/app:1'
	[ "$status" -eq 1 ]
	echo "$output"
	# The server closes behind its alert, and the reset may be here first.
	[[ $output == *"certificate"* || $output == *"alert"* || $output == *"reset"* || $output == *"pipe"* ]]
	cp "$keys/client.crt" certs/client.cert
	cp "$keys/client.key" certs/
	there '"$VARVE" push -q --cert-dir certs 192.0.2.1:5000/t/app:1'
}

@test "docker's own certs.d is read without a word" {
	[ -d /etc/docker ] || skip "there is no /etc/docker"
	there 'mount -t tmpfs none /etc/docker
		mkdir -p /etc/docker/certs.d/192.0.2.1:5000
		cp "'"$keys"'/ca.crt" /etc/docker/certs.d/192.0.2.1:5000/
		"$VARVE" push -q 192.0.2.1:5000/t/app:1'
}
