# A text that is not saved, asked for its plan by an editor.

bats_require_minimum_version 1.5.0

load common

setup() {
	fresh
	with_base
	"$VARVE" build -q context
}

request() { # [LINE ...]: the text stands in ./text
	printf '%s\n' "$@" | sed '/^$/d'
	printf 'text %d\n' "$(stat -c %s text)"
	cat text
}

# Each answer's first line, or the verdicts of its plan.
ask() {
	"$VARVE" plan --serve context | python3 -c '
import json, sys
data = sys.stdin.buffer
print(data.readline().decode().strip())
for head in iter(data.readline, b""):
    kind, count = head.decode().split()
    body = data.read(int(count)).decode()
    print(kind, body if kind == "error" else
          " ".join(s["verdict"] for s in json.loads(body)["steps"]))
'
}

@test "each text is answered with the plan that the saved file would have" {
	cp context/Dockerfile text
	{
		request
		sed '3a COPY ./new_second.txt .' context/Dockerfile >text
		request
		sed -i 's/echo first/echo other/' text
		request
	} >requests
	run -0 ask <requests
	[ "$output" = "ready
plan hit hit hit hit hit
plan hit hit hit miss miss miss
plan hit miss miss miss miss miss" ]
	cp text context/Dockerfile
	[ "$("$VARVE" plan --format json context | verdicts)" = \
		"hit miss miss miss miss miss" ]
}

@test "what is imagined goes with the text; mistakes are answers" {
	cp context/Dockerfile text
	{
		request "touch third.txt"
		request "drop 2"
		request "touch nothing"
		echo FOO >text
		request
		cp context/Dockerfile text
		request
	} >requests
	run -0 ask <requests
	[ "${lines[1]}" = "plan hit hit hit miss miss" ]
	[ "${lines[2]}" = "plan hit miss miss miss" ]
	[[ ${lines[3]} = "error "*"no file 'nothing'" ]]
	[[ ${lines[4]} = "error "*"unknown instruction: FOO" ]]
	[ "${lines[5]}" = "plan hit hit hit hit hit" ]
}

@test "a Dockerfile that is not there yet has a plan as well" {
	mv context/Dockerfile text
	request >requests
	run -0 ask <requests
	[ "${lines[1]}" = "plan hit hit hit hit hit" ]
}

@test "what is no request ends it with a word" {
	echo "make coffee" >requests
	run -1 "$VARVE" plan --serve context <requests
	[[ $output = *"'make' is no request"* ]]
}

@test "lines of .dockerignore are imagined, each request anew" {
	printf 'FROM alpine\nCOPY . /all/\nCOPY third.txt /\n' >context/Dockerfile
	printf 'new_second.txt\n.dockerignore\n' >context/.dockerignore
	"$VARVE" build -q context
	cp context/Dockerfile text
	{
		request "ignore none"
		request "ignore second.txt" "ignore !second.txt"
		request "unignore 1"
		request "unignore 1" "ignore new_second.txt"
		request "unignore 1"
		request "ignore third.txt"
		request "ignore ["
		request "unignore 3"
		request
	} >requests
	run -0 ask <requests
	[ "$output" = "ready
plan hit hit hit
plan hit hit hit
plan hit miss miss
plan hit hit hit
plan hit miss miss
plan hit miss error
error error checking context: syntax error in pattern
error --unignore: .dockerignore has no line 3 (it has 2)
plan hit hit hit" ]
}
