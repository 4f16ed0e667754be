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
	diff <(sed 's/^Error response from daemon: //' docker.err | head -n 1) <(head -n 1 err)
}

@test "limits that docker refuses are refused before the step runs" {
	for limit in "-m 4m" "-m 100m --memory-swap 50m" "--memory-swap 50m" "--cpu-period 1" \
		"--cpu-quota 1" "--cpuset-cpus 999" "--cpuset-cpus x" "--cpuset-mems 99"; do
		both --no-cache $limit context # shellcheck disable=SC2086
	done
}
