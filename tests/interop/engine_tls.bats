# A dockerd that is reached by tcp on loopback, plain and with TLS: who it is
# and who we are, by the environment or by a docker context.

load common

setup_file() {
	load common
	need_dockerd
	command -v openssl >/dev/null || skip "openssl is missing"
	command -v python3 >/dev/null || skip "python3 is missing"
	cd "$BATS_FILE_TMPDIR"
	local name
	for name in ca other; do
		mkdir -p $name
		openssl req -x509 -newkey rsa:2048 -nodes -keyout $name/ca-key.pem -out $name/ca.pem -days 2 -subj /CN=$name 2>/dev/null
	done
	for name in server client; do
		openssl req -newkey rsa:2048 -nodes -keyout $name.key -out $name.csr -subj /CN=$name 2>/dev/null
		openssl x509 -req -in $name.csr -CA ca/ca.pem -CAkey ca/ca-key.pem -CAcreateserial -days 2 -out $name.crt \
			-extfile <(printf 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=%sAuth\n' $name) 2>/dev/null
	done
	for name in ca other; do cp client.crt $name/cert.pem; cp client.key $name/key.pem; done
	# It takes a port that is free, and says which.
	DOCKERD_FLAGS="-H tcp://127.0.0.1:0 --tlsverify --tlscacert ca/ca.pem --tlscert server.crt --tlskey server.key" \
		start_dockerd "$BATS_FILE_TMPDIR/d"
	for i in $(seq 100); do
		sed -nE 's/.*API listen on 127\.0\.0\.1:([0-9]+).*/\1/p' d/log >port
		[ -s port ] && break
		read -rt 0.1 <> <(:) || :
	done
	[ -s port ]
	dock "$BATS_FILE_TMPDIR/d" import - alpine:latest <"$(base_tar)"
}

teardown_file() { load common; stop_dockerd "$BATS_FILE_TMPDIR/d"; }

setup() {
	D=$BATS_FILE_TMPDIR/d
	keys=$BATS_FILE_TMPDIR
	secure=$(cat "$keys/port")
	fresh
	unset VARVE_ROOT
	export HOME=$PWD XDG_CACHE_HOME=$PWD/cache DOCKER_CONFIG=$PWD/config
	mkdir config
}

there() {
	"$VARVE" build --root docker-daemon: --network host -q -t "$1" context >id
	[ "$(cat id)" = "$(unset DOCKER_TLS_VERIFY; dock "$D" image inspect -f '{{.Id}}' "$1")" ]
	"$VARVE" plan --root docker-daemon: --network host --detailed-exitcode context >/dev/null
}

@test "tcp without TLS, through something that passes it on: plan and build" {
	python3 - "$D/sock" >plain 3>&- <<-'END' &
		import socket, sys, threading
		def pump(a, b):
		    while data := a.recv(65536): b.sendall(data)
		    try: b.shutdown(socket.SHUT_WR)
		    except OSError: pass
		door = socket.create_server(("127.0.0.1", 0))
		print(door.getsockname()[1], flush=True)
		while True:
		    near, _ = door.accept()
		    far = socket.socket(socket.AF_UNIX); far.connect(sys.argv[1])
		    for pair in ((near, far), (far, near)):
		        threading.Thread(target=pump, args=pair, daemon=True).start()
	END
	pid=$!
	for i in $(seq 100); do [ -s plain ] && break; read -rt 0.1 <> <(:) || :; done
	export DOCKER_HOST=tcp://127.0.0.1:$(cat plain)
	there plain:1
	kill $pid
}

@test "DOCKER_TLS_VERIFY and DOCKER_CERT_PATH: plan and build" {
	export DOCKER_HOST=tcp://127.0.0.1:$secure DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=$keys/ca
	there secure:1
}

@test "a docker context with TLS, as docker itself writes it: plan and build" {
	/usr/bin/docker context create there --docker "host=tcp://127.0.0.1:$secure,ca=$keys/ca/ca.pem,cert=$keys/ca/cert.pem,key=$keys/ca/key.pem" >/dev/null
	DOCKER_CONTEXT=there there secure:2
	/usr/bin/docker context use there >/dev/null
	there secure:3
}

@test "another authority, no TLS, no certificate of ours: each is said" {
	export DOCKER_HOST=tcp://127.0.0.1:$secure
	DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=$keys/other run "$VARVE" images --root docker-daemon:
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"the docker daemon at tcp://127.0.0.1:$secure"*certificate* ]]
	run "$VARVE" images --root docker-daemon:
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"HTTPS"* ]]
	mkdir bare && cp "$keys/ca/ca.pem" bare/
	DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=$PWD/bare run "$VARVE" build --root docker-daemon: context
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *certificate* ]]
	DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=$PWD/nothing run "$VARVE" images --root docker-daemon:
	[[ $output == *"there is no '$PWD/nothing/ca.pem'"* ]]
}
