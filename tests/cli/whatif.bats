# The plan as if something had changed: nothing is written, and a real change
# of the same kind gives the same verdicts.

bats_require_minimum_version 1.5.0

load common

setup() {
	fresh
	with_base
	rm -r context
	mkdir -p context/sub
	cd context
	echo a >a.txt
	echo b >b.txt
	echo s >sub/s.go
	ln -s a.txt link
	ln b.txt hard
	echo secret >hidden
	printf 'hidden\n' >.dockerignore
	cat >Dockerfile <<-'END'
	FROM alpine
	ARG V=1
	COPY a.txt /a
	# a comment
	RUN echo one && \
	    echo $V
	COPY sub link /s/
	COPY . /all/
	CMD ["x"]
	END
	cd ..
	"$VARVE" build -q context
}

plan() { "$VARVE" plan --format json "$@" | verdicts; }

sums() { # of all that a what-if must not write
	find context store -printf '%p %T@ %m\n' | sort
	find context store -type f -exec sha256sum {} + | sort
}

# as_if 'FLAGS' 'CHANGE': the plan as if equals the plan after the change.
as_if() {
	local want got
	rm -rf real && cp -a context real
	(cd real && eval "$2")
	want=$(plan $3 real)
	eval "set -- $1"
	got=$(plan "$@" context)
	[ "$got" = "$want" ] || { echo "as if: $got"; echo "real:  $want"; return 1; }
}

@test "touched files: the verdicts are those of a real change" {
	as_if '--touch a.txt' 'echo other >a.txt'
	as_if '--touch ./link' 'echo other >a.txt'
	as_if '--touch sub' 'echo other >sub/s.go'
	as_if '--touch sub/s.go' 'echo other >sub/s.go'
	as_if "--touch '*.txt'" 'echo other >a.txt; echo other >b.txt'
	as_if '--touch hard' 'echo other >hard'
	as_if '--touch b.txt --touch a.txt' 'echo other >a.txt; echo other >b.txt'
	as_if '--touch Dockerfile' 'echo "# more" >>Dockerfile'
	as_if '--touch .dockerignore' 'echo "#" >>.dockerignore'
}

@test "edited lines: the verdicts are those of a real edit" {
	as_if '--drop 3' 'sed -i 3d Dockerfile'
	as_if '--drop 6' 'sed -i 5,6d Dockerfile'
	as_if '--drop 4' 'sed -i 4d Dockerfile'
	as_if '--insert "3:ENV X=1"' 'sed -i "3i ENV X=1" Dockerfile'
	as_if '--insert "6:ENV X=1"' 'sed -i "5i ENV X=1" Dockerfile'
	as_if '--insert "10:RUN date"' 'echo "RUN date" >>Dockerfile'
	as_if '--move 5:3' 'lines=$(sed -n 5,6p Dockerfile); sed -i 5,6d Dockerfile; { sed -n 1,2p Dockerfile; echo "$lines"; sed 1,2d Dockerfile; } >../new; cat ../new >Dockerfile'
	as_if '--move 9:10' ':'
	as_if '--set-arg V=2' ':' '--build-arg V=2'
}

# keys_as_if 'FLAGS' 'CHANGE': and so are the keys of all steps.
keys_as_if() {
	as_if "$@"
	eval "set -- $1"
	"$VARVE" plan --format json "$@" context | jq -c '.steps[] | [.n, .created_by, .image]' >imagined
	"$VARVE" plan --format json real | jq -c '.steps[] | [.n, .created_by, .image]' >changed
	diff imagined changed
}

@test "lines of .dockerignore: verdicts and keys are those of a real edit" {
	keys_as_if '--ignore b.txt' 'echo b.txt >>.dockerignore'
	keys_as_if '--unignore 1' ': >.dockerignore'
	keys_as_if '--ignore "!hidden"' 'echo "!hidden" >>.dockerignore'
	keys_as_if '--ignore sub --ignore "!sub/s.go"' 'printf "sub\n!sub/s.go\n" >>.dockerignore'
	keys_as_if '--unignore 1 --ignore "*.txt"' 'echo "*.txt" >.dockerignore'
	keys_as_if '--ignore .dockerignore' 'echo .dockerignore >>.dockerignore'
	keys_as_if '--ignore Dockerfile' 'echo Dockerfile >>.dockerignore'
	# Without an end of its last line, as a second name, and not there.
	printf hidden >context/.dockerignore
	keys_as_if '--ignore b.txt' 'printf "\nb.txt\n" >>.dockerignore'
	ln context/.dockerignore context/twice
	keys_as_if '--ignore b.txt' 'cp .dockerignore new; printf "\nb.txt\n" >>new; mv new .dockerignore'
	rm context/.dockerignore
	keys_as_if '--ignore hidden' 'echo hidden >.dockerignore'
	keys_as_if '--ignore hidden --ignore .dockerignore' 'printf "hidden\n.dockerignore\n" >.dockerignore'
	run "$VARVE" plan --unignore 1 context
	[ "$status" -eq 2 ]
	[ "$output" = "varve: --unignore: .dockerignore has no line 1 (it has 0)" ]
}

@test "a Dockerfile from elsewhere, and an ignore line" {
	mv context/Dockerfile elsewhere
	"$VARVE" plan --format json -f elsewhere --ignore b.txt context | jq -c '[.steps[].verdict]' >imagined
	echo b.txt >>context/.dockerignore
	"$VARVE" plan --format json -f elsewhere context | jq -c '[.steps[].verdict]' | diff imagined -
}

@test "the Dockerfile's own new bytes count where the context is copied" {
	as_if '--drop 9' 'sed -i 9d Dockerfile'
	[ "$(plan --drop 9 context)" = "hit hit hit hit hit miss" ]
	# A text that was built before is found again.
	sed -i 9d context/Dockerfile
	"$VARVE" build -q context
	[ "$(plan --insert '9:CMD ["x"]' context)" = "hit hit hit hit hit hit hit" ]
}

@test "nothing is written" {
	sums >before
	plan --touch a.txt --set-arg V=2 --drop 9 --insert '3:ENV A=1' --move 8:7 --ignore b.txt --unignore 1 context
	"$VARVE" plan --touch '*' context >out
	sums >after
	cmp before after
}

@test "old and new costs stand side by side" {
	"$VARVE" plan --touch b.txt context | sed -E 's/~?[0-9.]+ m?s/T/g; s/ +$//' | tail -6 >out
	diff - out <<-'END'
	if        touch b.txt
	          as it is            then
	hits      7                   5
	to run    0                   2
	time      T                T
	writes    0 B                 135 B
	END
	"$VARVE" plan --touch b.txt --format json context >out
	[ "$(jq -r '.what_if.changes | join(" ")' out)" = "touch b.txt" ]
	[ "$(jq -r '[.summary.hit, .what_if.before.summary.hit] | join(" ")' out)" = "5 7" ]
	[ "$(jq -r '.steps[5].evidence[0] | .op + .path + " " + .what' out)" = "~b.txt content" ]
}

@test "an excluded file changes nothing and that is said; a file that is not there is a mistake" {
	run --separate-stderr "$VARVE" plan --touch hidden context
	[ "$status" -eq 0 ]
	[ "$stderr" = "varve: 'hidden' is not in the context (excluded by .dockerignore): changes nothing" ]
	[[ $output == *"to run    0                   0"* ]]
	run "$VARVE" plan --touch nowhere context
	[ "$status" -eq 1 ]
	[ "$output" = "varve: --touch: the context has no file 'nowhere'" ]
	run "$VARVE" plan --touch '*.zip' context
	[ "$status" -eq 1 ]
}

@test "an edit that names no line is a usage error" {
	for flag in '--drop 10' '--drop 0' '--drop x' '--move 1' '--move 1:11' '--insert 11:X' '--insert X' '--set-arg V' '--set-arg =1' '--unignore 2' '--unignore 0' '--unignore hidden'; do
		run "$VARVE" plan $flag context
		[ "$status" -eq 2 ] || { echo "$flag: $status $output"; return 1; }
	done
	[ "$("$VARVE" plan --drop 10 context 2>&1)" = "varve: --drop: the Dockerfile has no line 10 (it has 9)" ]
}

@test "plan tells a script how much hits" {
	"$VARVE" plan --fail-on-miss --expect-hits 7 context
	run --separate-stderr "$VARVE" plan --expect-hits 8 context
	[ "$status" -eq 2 ]
	[ "$stderr" = "varve: 7 steps hit, 8 expected" ]
	echo x >>context/a.txt
	"$VARVE" plan context
	"$VARVE" plan --expect-hits 2 context
	run --separate-stderr "$VARVE" plan --fail-on-miss context
	[ "$status" -eq 2 ]
	[ "$stderr" = "varve: 5 steps would run" ]
	echo NONSENSE >>context/Dockerfile
	run "$VARVE" plan --fail-on-miss context
	[ "$status" -eq 1 ]
}

@test "a plan is as its schema says" {
	python3 -c 'import jsonschema' || skip "python3-jsonschema is missing"
	check() {
		python3 -c 'import json, sys, jsonschema
s = json.load(open(sys.argv[1]))
jsonschema.Draft202012Validator.check_schema(s)
p = json.load(sys.stdin)
jsonschema.Draft202012Validator(s).validate(p)
known = lambda s, o: sorted(set(o) - set(s["properties"]))
assert not known(s, p), known(s, p)
for step in p["steps"]: assert not known(s["$defs"]["step"], step), known(s["$defs"]["step"], step)
assert not known(s["properties"]["summary"], p["summary"])' "$top_srcdir/doc/plan.schema.json"
	}
	"$VARVE" plan --format json context | check
	"$VARVE" plan --format json --touch '*' --build-arg NONE=1 context | check
	"$VARVE" plan --format json --drop 3 --no-cache --label a=b context | check
	echo 'COPY nowhere /' >>context/Dockerfile
	"$VARVE" plan --format json context | check
}
