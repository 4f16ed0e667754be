# varve learn: the lessons play to their end, and what they say comes true.

load common

setup() { fresh; export TMPDIR=$BATS_TEST_TMPDIR; }

@test "every lesson comes true: plan and build are what its text promises" {
	run "$VARVE" learn
	[ "$(grep -cE '^ +[0-9]+  ' <<<"$output")" -eq 10 ]
	for n in $(seq 10); do
		"$VARVE" learn "$n" </dev/null >"lesson-$n" 2>&1 || { cat "lesson-$n"; false; }
		grep -q '^== ' "lesson-$n"
	done
	[ -z "$(find "$TMPDIR" -maxdepth 1 -name 'varve-learn-*')" ]
}

@test "answers are held against the real build, and the real reason is told" {
	run "$VARVE" learn 6 --answer "" --answer "2 3" --answer "2"
	[ "$status" -eq 0 ]
	[[ $output == *"You were right about 3 of 3 steps."*"~ second.txt mode 0644 -> 0664"* ]]
	[[ $output == *"MISS  3 RUN echo done  <- you said: from the cache"* ]]
	[[ $output == *"In this lesson you were right about 8 of 9 steps."* ]]
}

@test "a line that was put in is told as one, in both languages" {
	local moved='`COPY third.txt .`, which is step 5 now'
	run "$VARVE" learn 4 --no-questions
	[[ $output == *"MISS  4 COPY new.txt ."*"another step stood here"*"$moved"* ]]
	run env LANGUAGE=ko LC_ALL=C.UTF-8 "$VARVE" learn 4 --no-questions
	[[ $output == *"$moved"* ]]
}

@test "on a terminal the reader is asked, and can leave" {
	command -v script >/dev/null || skip "script is missing (Debian package util-linux)"
	printf '9\n2\nq\n' >keys
	run script -qec "'$VARVE' learn 06" /dev/null <keys
	[[ $output == *"Which steps will run again"*"Numbers from 1 to 3, please."* ]]
	[[ $output == *"HIT   2 COPY second.txt /  <- you said: it runs"* ]]
	[[ $output != *"At last the content"* ]]
}

@test "a lesson is found by its name, and what is not there is said" {
	run "$VARVE" learn where-arg --no-questions
	[ "$status" -eq 0 ]
	[[ $output == "== Where ARG stands =="* ]]
	run "$VARVE" learn 99
	[ "$status" -eq 1 ]
	[ "$output" = "varve: no lesson '99' (there are 10)" ]
	run "$VARVE" learn 1 2 3
	[ "$status" -eq 2 ]
}

@test "with --keep the store of a lesson stays and can be looked at" {
	"$VARVE" learn 2 --keep kept --no-questions >/dev/null
	[ -f kept/work/Dockerfile ]
	run "$VARVE" tree --root kept/store
	[[ $output == *"lesson:latest"* ]]
}

@test "the glossary explains a term" {
	run "$VARVE" learn glossary whiteout
	[ "$status" -eq 0 ]
	[[ $output == *"whiteout: a mark in a layer that hides a file below it."* ]]
	[[ $output != *"diff ID"* ]]
}

@test "lessons and glossary speak Korean where the locale does" {
	export LANGUAGE=ko
	run "$VARVE" learn 3 --answer ""
	[ "$status" -eq 0 ]
	[[ $output == *"두 번째 빌드"*"아무것도 실행되지 않았습니다."* ]]
	run "$VARVE" learn glossary 부모
	[[ $output == *"부모(parent)"* ]]
}

@test "the language of a locale that is not installed is spoken too" {
	mkdir empty
	# LOCPATH: no locale is installed there.
	LOCPATH=$PWD/empty LC_ALL=ko_KR.UTF-8 run "$VARVE" learn glossary 부모
	[[ $output == *"부모(parent)"* ]]
	LOCPATH=$PWD/empty LC_ALL= LANG=ko_KR.utf8 run "$VARVE" learn 2 --no-questions
	[[ $output == "== 이미지의 사슬 =="*"└─"* ]]
	LOCPATH=$PWD/empty LC_ALL=ko_KR.UTF-8 LANGUAGE=en run "$VARVE" learn
	[[ $output == "Lessons: "* ]]
	LOCPATH=$PWD/empty LC_ALL=ko_KR run "$VARVE" learn
	[[ $output == "Lessons: "* ]]
}

@test "every text of the lessons is translated, and no translation is left over" {
	run python3 "$top_srcdir/tests/cli/lesson_words.py" "$top_srcdir"
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "a damaged lesson is named with its line" {
	mkdir -p data/lessons
	printf 'title A\nabout B\nsay\n  text\nfly away\n' >data/lessons/01-bad.lesson
	VARVE_DATA=data run "$VARVE" learn
	[ "$status" -eq 1 ]
	[ "$output" = "varve: 01-bad.lesson:5: unknown command" ]
	printf 'title A\nabout B\nfile\n  text\n' >data/lessons/01-bad.lesson
	VARVE_DATA=data run "$VARVE" learn
	[ "$output" = "varve: 01-bad.lesson:3: wrong number of words" ]
	rm data/lessons/01-bad.lesson
	VARVE_DATA=nowhere run "$VARVE" learn
	[ "$status" -eq 1 ]
}

@test "a lesson whose text is not true fails" {
	mkdir -p data/lessons
	ln -s "$top_srcdir/data/tutorial" data/tutorial
	printf 'title A\nabout B\nfile Dockerfile\n  FROM alpine:latest\n  RUN true\npredict hit hit\n' >data/lessons/01-lie.lesson
	VARVE_DATA=data run "$VARVE" learn 1 --no-questions
	[ "$status" -eq 1 ]
	[[ $output == *"varve: 'A': the lesson is wrong: step 2 is a miss"* ]]
}
