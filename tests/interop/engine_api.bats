# A running dockerd, seen through its API by a user who is in the group of the
# socket: what he sees and foresees is what root sees in the data root.

load daemon_user

setup_file() {
	load daemon_user
	start_group_dockerd
}

teardown_file() { load common; stop_dockerd "$BATS_FILE_TMPDIR/d"; }

setup() {
	enter_as_user
}

edits() { sed -e '/^#/d' -e '/^$/d' "$BATS_TEST_DIRNAME/edits.txt"; }

# One edit: the plan of both, then docker builds it.
agree() { # name, build flags...
	local name=$1
	shift
	"$VARVE" plan --format json --root "$D/root" --network host "$@" context >root.json 2>root.err || true
	user "$VARVE" plan --format json --root docker-daemon: --network host "$@" context >user.json 2>user.err || true
	dock_build "$D" "$@" context >/dev/null 2>&1 || true
	cmp root.json user.json >/dev/null && cmp root.err user.err && return 0
	echo "# $name: $(diff root.json user.json | head -c 600) $(diff root.err user.err)"
	return 1
}

@test "a user of the socket's group plans as root does: 30 edits and more" {
	mkdir -p context/dir/sub
	echo a >context/dir/a; echo b >context/dir/sub/b; ln -s a context/dir/link
	bad=0 n=0 at=0
	agree "the tutorial" -t t || bad=$((bad + 1))
	agree "the tutorial again" -t t || bad=$((bad + 1))
	while IFS='|' read -r name flags script; do
		(cd context && eval "$script" && chmod -R a+rX .)
		at=$((at + 1))
		# The first ones are much alike: half of them will do.
		[ "$at" -gt 44 ] || [ $((at % 2)) -eq 0 ] || continue
		read -ra words <<<"$flags"
		agree "$name" "${words[@]}" || bad=$((bad + 1))
		n=$((n + 1))
	done < <(edits)
	echo "# $n edits, $bad disagreements"
	[ "$n" -ge 30 ]
	[ "$bad" -eq 0 ]
}

@test "files of layers come when they are looked at, and only then" {
	cd context
	dock_build "$D" -q -t looked . >/dev/null
	cd ..
	user "$VARVE" history --root docker-daemon: looked >/dev/null
	user "$VARVE" files --root docker-daemon: looked >user.out
	"$VARVE" files --root "$D/root" looked >root.out
	sed -i -E 's/ +$//' user.out root.out
	grep -q third.txt user.out
	[ "$(grep -c . user.out)" -eq "$(grep -c . root.out)" ]
}

@test "copy takes images from a daemon and gives them to it; the ID stays" {
	dock "$D" tag alpine:latest from:1
	id=$(dock "$D" image inspect -f '{{.Id}}' from:1)
	user "$VARVE" copy docker-daemon:from:1 oci:"$D/home/layout":1
	user "$VARVE" copy oci:"$D/home/layout":1 docker-daemon:to:2
	[ "$(dock "$D" image inspect -f '{{.Id}}' to:2)" = "$id" ]
	run user "$VARVE" copy docker-daemon:nope:1 oci:"$D/home/no":1
	[ "$status" -eq 1 ]
	[[ $output == *"Error response from daemon: "* ]]
}

@test "who is not in the group is told so; a daemon that is not there, too" {
	run as_user "$D" 12345 "$VARVE" images --root docker-daemon:
	[ "$status" -eq 1 ]
	[[ $output == *"permission denied while trying to connect to the docker daemon at unix://"* ]]
	TO=unix://$PWD/nothing run user "$VARVE" images --root docker-daemon:
	[ "$status" -eq 1 ]
	[[ $output == *"there is no such socket. Is the docker daemon running?" ]]
	TO=tcp://127.0.0.1:1 run user "$VARVE" images --root docker-daemon:
	[ "$status" -eq 1 ]
	[[ $output == *"Connection refused. Is the docker daemon running?" ]]
	TO=ssh://host run user "$VARVE" images --root docker-daemon:
	[[ $output == *"varve does not use ssh"* ]]
}

@test "DOCKER_CONTEXT and currentContext say where the daemon is" {
	sum=$(printf here | sha256sum | cut -d' ' -f1)
	mkdir -p config/contexts/meta/$sum
	echo "{\"Name\":\"here\",\"Endpoints\":{\"docker\":{\"Host\":\"unix://$D/sock\"}}}" >config/contexts/meta/$sum/meta.json
	export DOCKER_CONFIG=$PWD/config
	DOCKER_CONTEXT=here "$VARVE" images --root docker-daemon: | grep -q alpine
	echo '{"currentContext":"here"}' >config/config.json
	"$VARVE" images --root docker-daemon: | grep -q alpine
	DOCKER_CONTEXT=away run "$VARVE" images --root docker-daemon:
	[[ $output == *'docker context "away" is not found'* ]]
}

@test "what is wrong with a daemon is said" {
	command -v python3 >/dev/null || skip "python3 is missing"
	while IFS='|' read -r mode words; do
		python3 "$top_srcdir/tests/interop/daemon_faults.py" "$PWD/$mode" $mode 3>&- &
		pid=$!
		for i in $(seq 100); do [ -S $mode ] && break; read -rt 0.1 <> <(:) || :; done
		verb="images --root docker-daemon:"
		[ $mode = cut ] && verb="copy docker-daemon:a:1 oci:$PWD/cut.oci:1"
		DOCKER_HOST=unix://$PWD/$mode run "$VARVE" $verb
		kill $pid
		echo "$mode: $output"
		[ "$status" -eq 1 ]
		[[ $output == *"$words"* ]]
	done <<-'END'
		error|Error response from daemon: the disk is on fire
		garbage|answered what is no JSON
		new|is too new: it speaks API 1.50 and newer
		containerd|keeps its images in the containerd store
		cut|with 95000 bytes remaining to read
		other|is not a docker daemon
	END
	[ ! -e cut.oci/index.json ]
}
