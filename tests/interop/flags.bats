# Flags of `docker build` where no registry is needed: what is honoured, what
# is refused, in which words and when.

load common

setup_file() {
	need_dockerd
	export D=$BATS_FILE_TMPDIR/d
	start_dockerd "$D"
	dock "$D" import - alpine:latest <"$(base_tar)"
}

teardown_file() { load common; stop_dockerd "$D"; }

setup() {
	fresh
	with_base
	rm -rf context/*
	printf 'FROM alpine\nENV a=1\nRUN echo hi\n' >context/Dockerfile
}

# The same console, error and exit status.
both() {
	local code=0 docker_code=0
	dock_build "$D" "$@" >docker.out 2>docker.err || docker_code=$?
	"$VARVE" build "$@" >out 2>err || code=$?
	echo "$*: docker $docker_code, varve $code"
	[ "$code" -eq "$docker_code" ]
	diff <(mask <docker.out) <(mask <out)
	diff <(sed 's/^Error response from daemon: //; s#/[^ ]*/merged/#/#' docker.err | head -n 1) <(head -n 1 err)
}

@test "limits that docker refuses are refused before the step runs" {
	for limit in "-m 4m" "-m 100m --memory-swap 50m" "--memory-swap 50m" "--cpu-period 1" \
		"--cpu-quota 1" "--cpuset-cpus 999" "--cpuset-cpus x" "--cpuset-mems 99"; do
		both --no-cache $limit context # shellcheck disable=SC2086
	done
}

@test "a working directory or volume that cannot be made: no container runs" {
	for first in 'RUN rmdir /w && touch /w' 'RUN rmdir /w && ln -s nowhere /w' 'VOLUME /w/v'; do
		printf 'FROM alpine\nWORKDIR /w\n%s\nRUN pwd\n' "$first" >context/Dockerfile
		both context
	done
	for place in /w /l /etc/hosts /etc/passwd /w/below; do
		for last in 'LABEL a=b' 'RUN pwd'; do
			printf 'FROM alpine\nRUN touch /w && ln -s w /l\nVOLUME %s\n%s\n' $place "$last" >context/Dockerfile
			both context
		done
	done
	printf 'FROM alpine\nUSER nobody9\nRUN pwd\n' >context/Dockerfile
	both context
}

@test "sizes and numbers are taken or refused as docker takes them" {
	"$VARVE" build -q context
	for value in 6m 1.5g '64 MiB' 0.5GB 6291456 1.g 1kk 1e9 -1 x '' '1 k b'; do
		for flag in --memory --memory-swap --shm-size --cpu-shares; do
			code=0 docker_code=0
			dock_build "$D" "$flag=$value" --no-cache -f /dev/null context 2>docker.err || docker_code=$?
			"$VARVE" build "$flag=$value" --no-cache -f /dev/null context 2>err || code=$?
			echo "$flag $value: docker $docker_code, varve $code"
			if [ "$docker_code" -eq 125 ]; then
				[ "$code" -eq 2 ]
				[ "varve: $(head -n 1 docker.err)" = "$(head -n 1 err)" ]
			else
				[ "$code" -eq "$docker_code" ]
			fi
		done
	done
}

@test "what is refused by name" {
	for flag in --squash --security-opt=x --isolation=hyperv; do
		run dock_build "$D" "$flag" context
		[ "$status" -eq 1 ]
		want=$(tail -n 1 <<<"$output" | sed 's/^Error response from daemon: //')
		run "$VARVE" build "$flag" context
		[ "$status" -eq 1 ]
		[ "$output" = "varve: $want" ]
	done
	for flag in --add-host=x:host-gateway --cgroup-parent=x --disable-content-trust=false --network=bridge; do
		run "$VARVE" build "$flag" context
		[ "$status" -eq 1 ]
		[[ $output == "varve: ${flag%%=*}"* ]]
	done
}

@test "--iidfile and -q: written when it is built, gone when it is not" {
	both -q context
	[ "$(wc -l <out)" -eq 1 ]
	for side in docker varve; do
		build() { if [ $side = docker ]; then dock_build "$D" "$@"; else "$VARVE" build "$@"; fi; }
		printf 'FROM alpine\nRUN echo hi\n' >context/Dockerfile
		build -q --iidfile iid context >out
		[ "$(cat iid)" = "$(cat out)" ]
		[ "$(wc -c <iid)" -eq 72 ]
		build --iidfile iid context >out
		[ "$(wc -c <iid)" -eq 71 ]
		printf 'FROM alpine\nRUN echo said; exit 7\n' >context/Dockerfile
		run build -q --iidfile iid context
		[ "$status" -eq 7 ]
		[ ! -e iid ]
		build -q context >$side.out 2>$side.err || :
		[ ! -s $side.out ]
	done
	diff <(mask <docker.err) <(mask <varve.err)
	both --iidfile /nowhere/iid context
}

@test "a step that a signal ends has docker's exit status" {
	for signal in 1 2 9 13 15; do
		printf 'FROM alpine\nRUN kill -%s $$\n' $signal >context/Dockerfile
		both context
		printf 'FROM alpine\nRUN ["/bin/sh", "-c", "sh -c \\"kill -%s $$\\""]\n' $signal >context/Dockerfile
		both context
	done
	for code in 1 2 125 126 127 128 255; do
		printf 'FROM alpine\nRUN exit %s\n' $code >context/Dockerfile
		both context
	done
}
