# rmi, prune, images -a and history beside docker's, on the same store: varve
# works on one copy, dockerd on the other.

load common

setup_file() { need_dockerd; }

setup() {
	fresh
	with_base
	d=$BATS_TEST_TMPDIR/d
	printf 'FROM alpine\nENV a=1\nLABEL keep=yes\nCOPY second.txt /\n' >context/Dockerfile
	"$VARVE" build -q -t one context
	echo 'COPY third.txt /' >>context/Dockerfile
	"$VARVE" build -q -t two context
	"$VARVE" build -q --no-cache -t two context >/dev/null
	echo 'COPY third.txt /again' >>context/Dockerfile
	"$VARVE" build -q context
	printf 'FROM one\nENV b=1\nCOPY new_second.txt /' | "$VARVE" build -q -t three -f - context
	"$VARVE" tag three other:x
	"$VARVE" tag one one:again
	cp -a store docker-store
	start_dockerd "$d" "$PWD/docker-store"
}

teardown() { load common; stop_dockerd "$BATS_TEST_TMPDIR/d" "$BATS_TEST_TMPDIR/docker-store"; }

# Images in any order; the lines of each removal as they come.
both() { # words of docker image(s), -- , words of varve
	local docker=() code=0 docker_code=0
	while [ "$1" != -- ]; do docker+=("$1"); shift; done
	shift
	dock "$d" "${docker[@]}" >docker.out 2>docker.err </dev/null || docker_code=$?
	"$VARVE" "$@" >out 2>err </dev/null || code=$?
	[ "$code" -eq "$docker_code" ]
	diff <(sort docker.out) <(sort out)
	diff <(sed 's/^Error response from daemon: //; s/^Error: //' docker.err) <(sed 's/^varve: //' err)
}

same_images() {
	both images -a --no-trunc -q -- images -a --no-trunc -q
	diff <(dock "$d" images --format '{{.Repository}}:{{.Tag}} {{.ID}}' --no-trunc | sort) \
		<("$VARVE" images --no-trunc | awk 'NR > 1 { print $1 ":" $2 " " $3 }' | sort)
	"$VARVE" fsck
}

@test "prune takes what docker's takes, in its words, with the same bytes" {
	same_images
	both image prune -f -- prune -f
	grep -q '^Total reclaimed space: [1-9]' out
	same_images
	both image prune -f -- prune -f
	grep -qx 'Total reclaimed space: 0B' out
	both image prune -- prune
	both image prune -a -- prune -a
	both image prune -af -- prune -af
	same_images
	[ "$("$VARVE" images -aq | wc -l)" -eq 0 ]
}

@test "the filters of prune are docker's" {
	both image prune -af --filter label=keep=no -- prune -af --filter label=keep=no
	both image prune -af --filter label!=keep -- prune -af --filter label!=keep
	same_images
	both image prune -af --filter until=24h -- prune -af --filter until=24h
	both image prune -f --filter until=2001-01-01 -- prune -f --filter until=2001-01-01
	same_images
	both image prune -f --filter label=keep --filter until=1ms -- prune -f --filter label=keep --filter until=1ms
	both image prune --filter dangling=false -f --filter label=keep=yes -- prune --filter dangling=false -f --filter label=keep=yes
	same_images
	run "$VARVE" prune -f --filter color=red
	[ "$status" -eq 2 ]
	[[ $output == *"Invalid filter 'color'"* ]]
}

@test "rmi refuses, untags and deletes as docker does" {
	local id child dangling
	id=$("$VARVE" images -q --no-trunc two)
	child=$("$VARVE" images -q --no-trunc three)
	dangling=$("$VARVE" images -q --no-trunc -f dangling=true | head -n 1)
	for words in "one" "one:again" "$id" "${id#sha256:}" "${child:7:12}" "-f ${child:7:12}" "two nosuch three:no" \
		"$id" "other:x" "alpine" "alpine"; do
		both rmi $words -- rmi $words
		same_images
	done
	both rmi --no-prune "$dangling" -- rmi --no-prune "$dangling"
	same_images
}

@test "history names the parents that are there" {
	for image in one two three; do
		diff <(dock "$d" history --no-trunc --format '{{.ID}} {{.CreatedBy}} {{.Size}}' "$image") \
			<("$VARVE" history --no-trunc --format json "$image" | jq -r '.[] | .id // "<missing>"' |
			paste -d '|' - <("$VARVE" history --format json "$image" | jq -r '.[].created_by') \
				<("$VARVE" history --no-trunc "$image" | awk 'NR > 1' | grep -oE '[0-9.]+[kMG]?B( |$)' | tr -d ' ') |
			tr '|' ' ')
		dock "$d" history -q --no-trunc "$image" | diff - <("$VARVE" history -q --no-trunc "$image")
	done
}
