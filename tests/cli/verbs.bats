# The verbs as a user runs them.

bats_require_minimum_version 1.5.0

load common

setup() { fresh; }

@test "help names every verb, and each verb has its help" {
	run "$VARVE" --help
	[ "$status" -eq 0 ]
	for verb in build plan why parse tree images history inspect files diff blame waste df tag rmi import load save fsck learn; do
		[[ $output == *"  $verb "* ]]
		"$VARVE" "$verb" --help | grep -q '^Usage:  varve '"$verb"
	done
	"$VARVE" --version | grep -qE '^varve [0-9]'
}

@test "a mistyped verb is told of, with what was meant" {
	for words in "bild ." "bild" "bild --help" "-t x bild"; do
		run --separate-stderr "$VARVE" $words
		[ "$status" -eq 2 ]
		[[ $stderr == *"'bild' is neither a verb nor a directory"* ]]
	done
	run "$VARVE" bild .
	[[ $output == *"did you mean 'build'?"* ]]
	run "$VARVE" zzz
	[[ $output != *"did you mean"* ]]
	run "$VARVE" --bogus
	[ "$status" -eq 2 ]
	[[ $output == "varve: unknown option '--bogus'"* ]]
}

@test "why without a step asks for one" {
	mkdir -p x/work
	run "$VARVE" why x/work
	[ "$status" -eq 2 ]
	[[ $output == *"which step?"* ]]
	run "$VARVE" why .
	[ "$status" -eq 2 ]
}

@test "the tree of a store that is not there says so" {
	run --separate-stderr "$VARVE" tree --root nowhere
	[ "$status" -eq 0 ] && [ -z "$output" ]
	[[ $stderr == *"no images in the store 'nowhere'"* ]]
	[ ! -e nowhere ]
}

@test "an unknown option is a usage error with exit status 2" {
	run "$VARVE" build --nonsense context
	[ "$status" -eq 2 ]
	[[ $output == *"unknown option '--nonsense'"* ]]
	run "$VARVE" plan
	[ "$status" -eq 2 ]
	run "$VARVE" history
	[ "$status" -eq 2 ]
}

@test "images, history and inspect show what a build made" {
	with_base
	"$VARVE" build -t app:1 -t app:two context >build.out
	run "$VARVE" images
	[ "$status" -eq 0 ]
	[ "$(grep -c '^app ' <<<"$output")" -eq 2 ]
	[ "$("$VARVE" images -q | sort -u | wc -l)" -eq 2 ]
	[ "$("$VARVE" images -aq | sort -u | wc -l)" -eq 5 ]
	[ "$("$VARVE" history -q app:1 | wc -l)" -eq 5 ]
	"$VARVE" history --no-trunc app:1 | grep -qF '/bin/sh -c #(nop)  CMD ["echo" "fourth"]'
	[ "$("$VARVE" inspect app:1 | jq -r '.[0].Config.Cmd | join(" ")')" = "echo fourth" ]
	[ "$("$VARVE" inspect app:1 | jq -r '.[0].RepoTags | join(" ")')" = "app:1 app:two" ]
	[ "$("$VARVE" history --format json app:1 | jq length)" -eq 5 ]
	[ "$("$VARVE" images --format json | jq length)" -eq 3 ]
	[ "$("$VARVE" tree --format json | jq '.images | length')" -eq 5 ]
}

@test "tag gives a second name and rmi takes names away before images" {
	with_base
	"$VARVE" build -q -t app context
	"$VARVE" tag app other:x
	run "$VARVE" rmi app
	[ "$status" -eq 0 ]
	[ "$output" = "Untagged: app:latest" ]
	run "$VARVE" rmi other:x
	[ "$status" -eq 0 ]
	[ "$(grep -c ^Deleted: <<<"$output")" -ge 4 ]
	[ "$("$VARVE" images -aq | wc -l)" -eq 1 ]
	"$VARVE" fsck --layers
}

@test "save and load carry images and keep their IDs" {
	with_base
	id=$("$VARVE" build -q -t app context)
	"$VARVE" save -o app.tar app
	run "$VARVE" --version
	VARVE_ROOT=$PWD/second run "$VARVE" load -i app.tar
	[ "$output" = "Loaded image: app:latest" ]
	[ "$(VARVE_ROOT=$PWD/second "$VARVE" images -q --no-trunc)" = "$id" ]
	VARVE_ROOT=$PWD/second "$VARVE" fsck --layers
}

@test "a whole chain saved by its IDs brings the cache with it" {
	with_base
	"$VARVE" build -q -t app context
	"$VARVE" save -o all.tar app alpine $("$VARVE" images -aq --no-trunc)
	export VARVE_ROOT=$PWD/second
	"$VARVE" load -i all.tar
	[ "$("$VARVE" plan --format json context | verdicts)" = "hit hit hit hit hit" ]
}

@test "parse gives the steps as JSON, and mistakes with their place" {
	run "$VARVE" parse context/Dockerfile
	[ "$status" -eq 0 ]
	[ "$(jq .steps <<<"$output")" -eq 5 ]
	printf 'FROM a\nCOPY x\nFOO bar\n' >bad
	run "$VARVE" parse bad
	[ "$status" -eq 1 ]
	[[ $output == *"bad:2:1: error: COPY requires at least two arguments"* ]]
	[[ $output == *"bad:3:1: error: unknown instruction: FOO"* ]]
}

@test "plan --detailed-exitcode tells all cached from something to run" {
	with_base
	run "$VARVE" plan --detailed-exitcode context
	[ "$status" -eq 2 ]
	"$VARVE" build -q context
	run "$VARVE" plan --detailed-exitcode context
	[ "$status" -eq 0 ]
	echo 'COPY nope /' >>context/Dockerfile
	run "$VARVE" plan --detailed-exitcode context
	[ "$status" -eq 1 ]
}

@test "why names the changed file" {
	with_base
	"$VARVE" build -q context
	chmod g+w context/second.txt
	run "$VARVE" why 3 context
	[ "$status" -eq 0 ]
	[[ $output == *second.txt* ]]
	[[ $output == *"mode 0644 -> 0664"* ]]
	run "$VARVE" why 4 context
	[[ $output == *"earlier step"* ]]
	run "$VARVE" why 77 context
	[ "$status" -eq 1 ]
}

@test "a miss by the client's version alone names --client-mode" {
	with_base
	"$VARVE" build --client-mode 28 context
	rm -r "$VARVE_ROOT/varve/"*
	run "$VARVE" why 3 --root "$VARVE_ROOT" context
	[[ $output == *"MISS"*"no file differs"*"--client-mode 28"* ]]
	[ "$("$VARVE" plan --client-mode 28 --format json context | verdicts)" = "hit hit hit hit hit" ]
}

@test "--progress=json prints one event a line, ending with the image" {
	with_base
	"$VARVE" build --progress=json context >events
	jq -es 'all(.[]; .event != null)' <events
	[ "$(jq -r .event <events | tail -n 1)" = built ]
}

@test "quiet prints the ID alone, and iidfile holds it" {
	with_base
	run --separate-stderr "$VARVE" build -q --iidfile id context
	[[ $output =~ ^sha256:[0-9a-f]{64}$ ]]
	[ "$(cat id)" = "$output" ]
}

@test "plan writes nothing, not even into its own store" {
	with_base
	"$VARVE" build -q context
	echo more >>context/second.txt
	before=$(find store -printf '%p %T@ %C@ %s\n' | sort | sha256sum)
	"$VARVE" plan context
	"$VARVE" why 3 context
	"$VARVE" tree
	[ "$(find store -printf '%p %T@ %C@ %s\n' | sort | sha256sum)" = "$before" ]
}

@test "palettes and colours are those there are" {
	run --separate-stderr "$VARVE" --palette pink context
	[ "$status" -eq 2 ]
	[[ ${stderr_lines[0]} == "varve: there is no palette 'pink'; there are dark, light, mono, high-contrast" ]]
	run --separate-stderr "$VARVE" --color perhaps context
	[ "$status" -eq 2 ]
	[[ ${stderr_lines[0]} == "varve: --color is auto, always or never, not 'perhaps'" ]]
}

@test "the command line takes its colours from the same table" {
	with_base
	env -u NO_COLOR "$VARVE" plan --color always context >out
	grep -q $'\033\\[31;1m' out
	"$VARVE" plan --color never context >out
	! grep -q $'\033' out
}

@test "keys prints a key file, and tells what is wrong with one" {
	export HOME=$PWD
	unset XDG_CONFIG_HOME
	"$VARVE" keys >all
	grep -q '^build  *b  *-- build the image$' all
	run --separate-stderr "$VARVE" keys --keys all
	[ "$status" -eq 0 ]
	[ "$output" = "$(cat all)" ]
	mkdir -p .config/varve
	printf 'build F5\nset palette=pink\nup b\nhex s\n' >.config/varve/keys
	run --separate-stderr "$VARVE" keys
	[ "$status" -eq 1 ]
	[[ $output == *$'\n'"build            F5  "* ]]
	[[ $output == *$'\n'"up               b  "* ]]
	[ "${stderr_lines[0]}" = "varve: $HOME/.config/varve/keys:4: 's' cannot be 'hex': it is 'sort' in the layer browser" ]
	[[ ${stderr_lines[1]} == "varve: $HOME/.config/varve/keys:2: there is no palette 'pink'; there are "* ]]
	"$VARVE" keys --keys "" --format json | jq -e '.[] | select(.action == "help") | .keys == ["?", "F1"]'
	run "$VARVE" keys --keys none
	[ "$status" -eq 1 ]
	[ "$output" = "varve: there is no key file 'none'" ]
}
