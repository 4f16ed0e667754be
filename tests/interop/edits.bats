# varve plan on dockerd's own root, read-only, gives the verdicts that docker
# build then shows: for the edits in edits.txt, one after another.

load common

setup_file() {
	need_dockerd
	load common
	start_dockerd "$BATS_FILE_TMPDIR/d"
	dock "$BATS_FILE_TMPDIR/d" import - alpine:latest <"$(base_tar)"
}

teardown_file() { load common; stop_dockerd "$BATS_FILE_TMPDIR/d"; }

# What plan may look at, with all times but those of reading.
snapshot() {
	(cd "$BATS_FILE_TMPDIR/d/root" && find image overlay2 -printf '%p %y %m %U %G %s %T@ %C@ %l\n' | sort)
}

edits() { sed -e '/^#/d' -e '/^$/d' "$BATS_TEST_DIRNAME/edits.txt"; }

# One edit: prints a line and fails if plan and build disagree.
agree() { # name, build flags...
	local name=$1 plan docker
	shift
	snapshot >before
	plan=$("$VARVE" plan --format json --root "$BATS_FILE_TMPDIR/d/root" --network host "$@" context 2>plan.err | verdicts)
	snapshot >after
	cmp before after || { echo "# $name: plan changed the root"; return 1; }
	dock_build "$BATS_FILE_TMPDIR/d" "$@" context >docker.out 2>docker.err || true
	docker=$(docker_verdicts <docker.out)
	# Steps after the first error are not printed by docker; global ARGs
	# have neither verdict.
	plan=$(tr ' ' '\n' <<<"$plan" | sed '/^error$/s/.*/miss/; s/^none$/miss/' | xargs)
	docker=$(xargs <<<"$docker")
	# LATE leaves it open: the build may settle it either way.
	[[ $docker == ${plan//late/*} ]] && return 0
	echo "# $name: varve plans '$plan', docker did '$docker' $(head -c 300 plan.err docker.err)"
	return 1
}

@test "at least 30 edits: every verdict as docker's, the root untouched" {
	fresh
	unset VARVE_ROOT
	mkdir -p context/dir/sub
	echo a >context/dir/a; echo b >context/dir/sub/b; ln -s a context/dir/link
	bad=0 n=0
	agree "the tutorial" -t t || bad=$((bad + 1))
	agree "the tutorial again" -t t || bad=$((bad + 1))
	while IFS='|' read -r name flags script; do
		(cd context && eval "$script")
		read -ra words <<<"$flags"
		agree "$name" "${words[@]}" || bad=$((bad + 1))
		n=$((n + 1))
	done < <(edits)
	echo "# $n edits, $bad disagreements"
	[ "$n" -ge 30 ]
	[ "$bad" -eq 0 ]
}
