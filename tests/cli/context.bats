# What a build context holds, as a user asks for it.

load common

setup() {
	fresh
	with_base >/dev/null
	cd context
	rm third.txt new_second.txt
	mkdir -p src/deep node_modules/x
	printf 'one\n' >src/a
	printf 'two\n' >src/deep/b
	printf 'much\n' >node_modules/x/y
	printf 'node_modules\n*.log\n!keep.log\n' >.dockerignore
	printf 'x' >keep.log
	printf 'xx' >drop.log
	printf 'FROM alpine:latest\nCOPY second.txt /t/\nCOPY src /src\n' >Dockerfile
}

@test "the tree names readers, and what changed since the last build" {
	"$VARVE" build -q . >/dev/null
	printf 'changed\n' >src/a
	touch src/new
	rm src/deep/b
	run "$VARVE" context .
	[ "$status" -eq 0 ]
	diff - <(echo "$output") <<-'END'
	    FILES     SIZE STEPS    NAME
	        6     98 B (2),(3)  .  3 changed
	        1     29 B -        ├─.dockerignore
	        1     53 B -        ├─Dockerfile
	        1      1 B -        ├─keep.log  line 3: !keep.log
	        1      7 B 2        ├─second.txt
	        2      8 B 3        └─src/  3 changed
	~       1      8 B 3          ├─a
	        0      0 B 3          ├─deep/  1 changed
	-       0      0 B gone       │ └─b
	+       1      0 B 3          └─new

	6 files, 2 directories: 98 B · docker sends a tar of 7.68 kB (7680 bytes)
	not sent: 2 files · 7 B
	sent, and read by no step: 3 files · 83 B
	changed since the last build: 3
	biggest: src/ 8 B
	END
}

@test "without a record the layers tell what changed, more than fifty files too" {
	for i in $(seq 60); do echo "$i" >src/f$i; done
	"$VARVE" build -q . >/dev/null
	printf 'changed\n' >src/a
	touch src/new
	rm src/deep/b
	chmod 0600 second.txt
	for i in $(seq 60); do echo "$i" >>src/f$i; done
	"$VARVE" context --format json . >../with-record
	rm -r "$VARVE_ROOT"/varve/journal*
	"$VARVE" context --format json . >../from-layers
	[ "$(jq .summary.changed ../with-record)" -eq 64 ]
	diff ../with-record ../from-layers
}

@test "a touched file has not changed" {
	"$VARVE" build -q . >/dev/null
	touch -d '2001-01-01' src/a
	"$VARVE" context --format json . | jq -e '.summary.changed == 0'
}

@test "--ignored shows what is out and the line that put it there" {
	run "$VARVE" context --ignored --depth 1 .
	[ "$status" -eq 0 ]
	[[ $output == *"1      5 B out      ├─node_modules/  line 1: node_modules"* ]]
	[[ $output == *"1      2 B out      ├─drop.log  line 2: *.log"* ]]
	[[ $output != *"─deep"* ]]
}

@test "another .dockerignore: what comes, what goes, by which line" {
	run "$VARVE" context --ignore src/deep --unignore 1 --unignore 2 .
	[ "$status" -eq 0 ]
	diff - <(echo "$output") <<-'END'
	    FILES     SIZE LINE     .dockerignore keeps out, or (!) in
	-       0      0 B [ ] 1    node_modules  as if it were not there
	-       0      0 B [ ] 2    *.log  as if it were not there
	        1      1 B [x] 3    !keep.log
	+       1      4 B [x] new  src/deep  as if it were there

	    FILES     SIZE STEPS    NAME
	        7     91 B (2),(3)  .
	        1     19 B -        ├─.dockerignore
	        1     53 B -        ├─Dockerfile
	        1      2 B -        ├─drop.log  comes in
	        1      1 B -        ├─keep.log  line 3: !keep.log
	        1      5 B -        ├─node_modules/  comes in
	        1      5 B -        │ └─x/
	        1      5 B -        │   └─y
	        1      7 B 2        ├─second.txt
	        1      4 B 3        └─src/
	        1      4 B 3          ├─a
	        1      4 B out        └─deep/  goes out  as if: src/deep

	7 files, 3 directories: 91 B · docker sends a tar of 9.73 kB (9728 bytes)
	sent by .dockerignore as it is: 6 files · 98 B
	not sent: 1 file · 4 B
	sent, and read by no step: 5 files · 80 B
	biggest: node_modules/ 5 B, node_modules/x/ 5 B, src/ 4 B
	END
	[ "$(cat .dockerignore)" = "$(printf 'node_modules\n*.log\n!keep.log')" ]
	# As it is after such a change.
	tree() { "$VARVE" context --format json "$@" . | jq -c '.entries[] | [.path, .state, .files, .bytes, .out_files, .out_bytes, .steps]'; }
	tree --ignore src/deep --unignore 1 --unignore 2 >../imagined
	printf '!keep.log\nsrc/deep\n' >.dockerignore
	tree | diff ../imagined -
}

@test "an imagined line that cannot be is an error" {
	run "$VARVE" context --ignore '[' .
	[ "$status" -eq 1 ]
	[ "$output" = "varve: error checking context: syntax error in pattern" ]
	run "$VARVE" context --unignore 4 .
	[ "$status" -eq 2 ]
	run "$VARVE" context --ignore x - <Dockerfile
	[ "$status" -eq 1 ]
	[[ $output == *"the context is no directory"* ]]
}

@test "--sort size puts the largest first" {
	head -c 5000 /dev/zero >zz
	run "$VARVE" context --sort size .
	[[ ${lines[2]} == *zz ]]
}

@test "the JSON tells state, line, sizes and readers" {
	"$VARVE" context --format json . >"$BATS_TEST_TMPDIR/out.json"
	jq -e '.format == 1 and .summary.files == 6 and .summary.tar_bytes == 8192' "$BATS_TEST_TMPDIR/out.json"
	jq -e '.entries[] | select(.path == "src/deep/b") | .steps == [3] and .state == "in"' "$BATS_TEST_TMPDIR/out.json"
	jq -e '.entries[] | select(.path == "drop.log") | .state == "out" and .line == 2 and .rule == "*.log"' "$BATS_TEST_TMPDIR/out.json"
	jq -e '.steps | map(.n) == [2, 3]' "$BATS_TEST_TMPDIR/out.json"
}

@test "the JSON as lines is the JSON" {
	"$VARVE" context --format json --ignore src . >../one
	"$VARVE" context --format jsonl --ignore src . >../lines
	jq -cn '[inputs] | {format: .[0].format, steps: [.[].step // empty], rules: [.[].rule // empty], entries: [.[].entry // empty], summary: .[-1].summary}' ../lines >../joined
	diff <(jq -cS . ../one) <(jq -cS . ../joined)
}

@test "a Dockerfile with a mistake: the context is shown, without readers" {
	printf 'FROM alpine\nNONSENSE\n' >Dockerfile
	run "$VARVE" context .
	[ "$status" -eq 0 ]
	[[ $output == *"no step is known"* ]]
	[[ $output == *"second.txt"* ]]
}

@test "nothing is written: neither store nor context" {
	"$VARVE" build -q . >/dev/null
	printf 'changed\n' >src/a
	before=$(find . "$VARVE_ROOT" -printf '%p %s %T@\n' | sort | sha256sum)
	"$VARVE" context --ignored . >/dev/null
	[ "$before" = "$(find . "$VARVE_ROOT" -printf '%p %s %T@\n' | sort | sha256sum)" ]
}

@test "wrong words are usage errors" {
	run "$VARVE" context --sort age .
	[ "$status" -eq 2 ]
	run "$VARVE" context a b
	[ "$status" -eq 2 ]
}
