# A running dockerd, seen through its API by a user who is in the group of the
# socket: what he sees and foresees is what root sees in the data root.

load daemon_user

setup_file() {
	load daemon_user
	need_dockerd
	need_user
	DOCKERD_FLAGS="--group $GROUP" start_dockerd "$BATS_FILE_TMPDIR/d"
	dock "$BATS_FILE_TMPDIR/d" import - alpine:latest <"$(base_tar)"
}

teardown_file() { load common; stop_dockerd "$BATS_FILE_TMPDIR/d"; }

setup() {
	D=$BATS_FILE_TMPDIR/d
	make_user "$D"
	fresh
	unset VARVE_ROOT
	chmod a+rx context
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
