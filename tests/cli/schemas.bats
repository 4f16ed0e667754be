# Every JSON document is as its schema in doc/ says, extra keys included.

load common

setup() {
	python3 -c 'import jsonschema' 2>/dev/null || skip "python3-jsonschema is missing"
	fresh
	with_base >/dev/null
}

valid() { # SCHEMA [POINTER]: standard input is valid
	python3 -c '
import json, sys, jsonschema
schema = json.load(open(sys.argv[1]))
part = schema
if len(sys.argv) > 2:
    part = dict(schema["$defs"][sys.argv[2]], **{"$defs": schema["$defs"]})
jsonschema.Draft202012Validator.check_schema(schema)
jsonschema.validate(json.load(sys.stdin), part)' "$top_srcdir/doc/$1.schema.json" ${2+"$2"}
}

@test "plan: hits, misses, late and failing steps, and what if" {
	"$VARVE" plan --format json context | valid plan
	"$VARVE" build -q context >/dev/null
	"$VARVE" plan --format json context | valid plan
	echo more >>context/second.txt
	"$VARVE" plan --format json context | valid plan
	"$VARVE" plan --format json --touch third.txt --set-arg A=1 --drop 2 --insert '3:RUN x' context | valid plan
	printf 'FROM alpine AS one\nRUN date >/f\nFROM alpine\nCOPY --from=one /f /\nADD http://127.0.0.1:1/x /\nCOPY nowhere /\n' >context/Dockerfile
	"$VARVE" plan --format json context | valid plan
	printf 'FROM alpine\nCOPY --from=nowhere:1 /a /b\nRUN x\n' >context/Dockerfile
	"$VARVE" plan --format json context | tee pull.json | valid plan
	jq -e '.steps[1].pull == "nowhere:1"' pull.json
}

@test "why: one step" {
	"$VARVE" build -q context >/dev/null
	chmod 0600 context/second.txt
	for n in 1 2 3 4 5; do
		"$VARVE" why "$n" --format json context | valid plan step
	done
}

@test "context and advise" {
	"$VARVE" build -q context >/dev/null
	echo more >>context/second.txt
	"$VARVE" context --format json context | valid context
	printf '# x\nthird.txt\n' >context/.dockerignore
	"$VARVE" context --format json --ignore '*.md' --ignore '!x' --unignore 2 context | valid context
	rm context/.dockerignore
	printf 'FROM alpine\nARG V=1\nRUN echo long\nCOPY . /app/\nRUN cat /app/third.txt\nRUN echo $V\n' >context/Dockerfile
	"$VARVE" build -q context >/dev/null
	"$VARVE" advise --format json context | valid advise
}
