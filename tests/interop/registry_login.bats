#!/usr/bin/env bats
# varve login, logout and docker's config.json, against docker-registry with a
# password file.

load registry

setup_file() {
	need_registry
	command -v skopeo >/dev/null || skip "skopeo is missing"
	python3 -c 'import crypt, sys; sys.exit(not crypt.METHOD_BLOWFISH)' 2>/dev/null || skip "python has no bcrypt"
	python3 -W ignore -c 'import crypt; print("ada:" + crypt.crypt("secret", crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=16)))' >"$BATS_FILE_TMPDIR/passwords"
	start_registry "$file_registry" "auth: {htpasswd: {realm: r, path: $BATS_FILE_TMPDIR/passwords}}"
	make_image
	tar_to_registry "$REGISTRY/x/app:1" --dest-creds ada:secret
}

@test "without credentials a pull is refused" {
	run "$VARVE" pull "$REGISTRY/x/app:1"
	[ "$status" -eq 1 ]
	[[ $output == *"no basic auth credentials"* ]]
}

@test "login keeps the password as docker does, pull uses it, logout forgets it" {
	printf secret | "$VARVE" login -u ada --password-stdin "$REGISTRY" >out 2>warning
	[ "$(cat out)" = "Login Succeeded" ]
	grep -q "stored unencrypted in $DOCKER_CONFIG/config.json" warning
	[ "$(stat -c %a docker/config.json)" = 600 ]
	[ "$(jq -r ".auths[\"$REGISTRY\"].auth" docker/config.json)" = "$(printf ada:secret | base64)" ]
	"$VARVE" pull -q "$REGISTRY/x/app:1"
	run "$VARVE" logout "$REGISTRY"
	[ "$output" = "Removing login credentials for $REGISTRY" ]
	[ "$(jq -c .auths docker/config.json)" = '{}' ]
	run "$VARVE" logout "$REGISTRY"
	[ "$output" = "Not logged in to $REGISTRY" ]
}

@test "a wrong password is not kept" {
	run "$VARVE" login -u ada --password-stdin "$REGISTRY" <<<wrong
	[ "$status" -eq 1 ]
	[[ $output == *unauthorized* ]]
	[ ! -e docker/config.json ]
}

@test "a credential helper is asked, and keeps what login says" {
	mkdir bin docker
	cat >bin/docker-credential-memo <<-'END'
		#!/bin/sh
		case $1 in
		store) cat >"$MEMO" ;;
		get) cat >/dev/null; [ -s "$MEMO" ] && cat "$MEMO" || { echo "credentials not found in native keychain"; exit 1; } ;;
		erase) cat >/dev/null; rm -f "$MEMO" ;;
		esac
	END
	chmod +x bin/docker-credential-memo
	export MEMO=$PWD/memo PATH=$PWD/bin:$PATH
	echo '{"credsStore":"memo","other":[1]}' >docker/config.json
	run "$VARVE" pull "$REGISTRY/x/app:1"
	[[ $output == *"no basic auth credentials"* ]]
	printf secret | "$VARVE" login -u ada --password-stdin "$REGISTRY"
	[ "$(jq -r .Secret memo)" = secret ]
	[ "$(jq -c "[.auths[\"$REGISTRY\"], .other]" docker/config.json)" = '[{},[1]]' ]
	"$VARVE" pull -q "$REGISTRY/x/app:1"
	"$VARVE" logout "$REGISTRY"
	[ ! -e memo ]
}
