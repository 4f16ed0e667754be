# A case for every reason: the exact words of varve plan and its JSON.

bats_require_minimum_version 1.5.0

load common

setup() {
	fresh
	with_base
	rm -r context
	mkdir context
	echo a >context/a.txt
	echo b >context/b.txt
	chmod 0644 context/*
}

file() { printf '%s\n' "$@" >context/Dockerfile; }
build() { "$VARVE" build -q "$@" context >/dev/null; }

# The rows of step N, without its head.
words() { # N [FLAGS]
	local n=$1
	shift
	"$VARVE" plan "$@" context | mask | awk -v n="$n" '
		/^[^ ]/ { on = !/^[0-9]/ && ($3 == n || $2 == n) }
		on { sub(/^ +/, ""); print }' | sed 1d
}

why() { # N [FLAGS]: code, note, then a line for each piece of evidence
	local n=$1
	shift
	"$VARVE" plan --format json "$@" context | mask | jq -r --argjson n "$n" '
		.steps[] | select(.n == $n and (.trigger | not)) | .why, .note // "-", (.evidence[] |
		[.kind, .op, .path, .what, .old, .new | select(. != null)] | join("|"))'
}

# told CODE N [FLAGS]: step N has that reason, in the words of
# tests/golden/plan/CODE (made anew with GOLDEN=write).
told() {
	local code=$1 golden=$top_srcdir/tests/golden/plan/$1
	shift
	{ words "$@"; echo; why "$@"; } >told
	[ "$(why "$@" | head -1)" = "${code%%.*}" ] || { cat told; return 1; }
	[ "${GOLDEN:-}" != write ] || cp told "$golden"
	diff "$golden" told
}

@test "cached, and the newest of several" {
	file 'FROM alpine' 'COPY a.txt /' 'RUN echo x'
	build
	told cached 2
	build --no-cache
	told cached.newest 2
}

@test "cached: a touched file has the same content" {
	file 'FROM alpine' 'COPY a.txt b.txt /'
	build
	touch -d '2001-02-03' context/a.txt
	told cached.mtime 2
	touch -d '2001-02-03' context/b.txt
	told cached.mtimes 2
	# As git checkout does: other inode, same bytes.
	cp context/a.txt new && mv new context/a.txt
	[ "$(why 2 | head -1)" = cached ]
}

@test "cached: git checkout of the same bytes" {
	command -v git >/dev/null || skip "git is missing"
	git -C context init -q
	git -C context -c user.name=a -c user.email=b add .
	git -C context -c user.name=a -c user.email=b commit -qm one
	echo .git >context/.dockerignore
	file 'FROM alpine' 'COPY . /x'
	touch -d '2001-02-03' context/a.txt context/b.txt
	build
	rm context/a.txt context/b.txt
	git -C context checkout -q -- a.txt b.txt
	told cached.checkout 2
}

@test "base" {
	file 'FROM alpine'
	told base 1
}

@test "base-missing" {
	file 'FROM nowhere:1'
	told base-missing 1
	file 'FROM alpine' 'COPY --from=nowhere:1 /a /b'
	told base-missing.copy 2
}

@test "base-differs names both and when the tag moved" {
	file 'FROM alpine' 'RUN echo x'
	build
	echo 'FROM alpine
	LABEL other=1' | "$VARVE" build -q -t alpine:latest - >/dev/null
	"$VARVE" plan context | grep -qE 'base \[-[0-9a-f]{12}-\] \{\+[0-9a-f]{12}\+\} tag moved 20[0-9-]{8}T[0-9:]{8}Z'
}

@test "earlier-miss names the first culprit" {
	file 'FROM alpine' 'COPY a.txt /' 'RUN echo x'
	told earlier-miss 3
}

@test "never-built" {
	file 'FROM alpine' 'RUN echo x'
	told never-built 2
}

@test "command-differs, word by word, beside the nearest" {
	file 'FROM alpine' 'RUN echo one two'
	build
	file 'FROM alpine' 'RUN echo something else at all'
	build
	file 'FROM alpine' 'RUN echo one three'
	told command-differs 2
}

@test "steps-moved: a line that was put in, and one that was taken out" {
	file 'FROM alpine' 'COPY a.txt .' 'RUN echo one two' 'CMD ["sh"]'
	build
	file 'FROM alpine' 'COPY b.txt .' 'COPY a.txt .' 'RUN echo one two'
	told steps-moved 2
	file 'FROM alpine' 'COPY a.txt .' 'RUN echo one three' 'RUN echo one two'
	told steps-moved.run 3
	file 'FROM alpine' 'COPY a.txt .' 'CMD ["sh"]'
	told steps-moved.gone 3
}

@test "build-arg-differs names the argument at the first RUN after ARG" {
	file 'FROM alpine' 'COPY a.txt /' 'ARG V=1' 'RUN echo x' 'RUN echo $V'
	build
	told build-arg-differs 4 --build-arg V=2
	[ "$("$VARVE" plan --build-arg V=2 --format json context | verdicts)" = "hit hit hit miss miss" ]
}

@test "build-arg-differs: a secret is shown as a digest" {
	file 'FROM alpine' 'ARG TOKEN=one' 'RUN echo x'
	build
	told build-arg-differs.secret 3 --build-arg TOKEN=two
	told build-arg-differs.shown 3 --build-arg TOKEN=two --show-args
}

@test "sources-differ: what of each file" {
	mkdir context/d
	echo c >context/d/c
	ln -s c context/d/l
	file 'FROM alpine' 'COPY a.txt b.txt d /x/'
	build
	chmod g+w context/a.txt
	echo other >context/b.txt
	chmod a+x context/b.txt
	rm context/d/l
	ln -s b context/d/l
	echo new >context/d/new
	rm context/d/c
	told sources-differ 2
	rm -r store/varve/journal
	told sources-differ.layer 2
}

@test "destination-differs, and --chown" {
	file 'FROM alpine' 'COPY a.txt /x'
	build
	file 'FROM alpine' 'COPY a.txt /y'
	told destination-differs 2
	file 'FROM alpine' 'COPY --chown=1:2 a.txt /x'
	told destination-differs.chown 2
}

@test "not-built-here" {
	file 'FROM alpine' 'RUN echo x'
	build -t app
	"$VARVE" save -o app.tar app
	"$VARVE" rmi app >/dev/null
	rm -r store/varve/steps
	"$VARVE" load -q -i app.tar
	told not-built-here 2
}

@test "pruned" {
	file 'FROM alpine' 'RUN echo x'
	build -t app
	"$VARVE" rmi app >/dev/null
	told pruned 2
}

@test "no-cache" {
	file 'FROM alpine' 'RUN echo x'
	build
	told no-cache 2 --no-cache
}

@test "cache-from" {
	file 'FROM alpine' 'RUN echo x'
	build
	told cache-from 2 --cache-from nowhere
}

@test "needs-stage" {
	file 'FROM alpine AS one' 'RUN echo x >/f' 'FROM alpine' 'COPY --from=one /f /'
	told needs-stage 4
}

@test "needs-download" {
	file 'FROM alpine' 'ADD http://127.0.0.1:1/f /'
	told needs-download 2
}

@test "fails" {
	file 'FROM alpine' 'COPY nowhere /'
	told fails 2
}

@test "never-hits" {
	printf 'FROM alpine\nRUN echo "\xff"\n' >context/Dockerfile
	build
	told never-hits 2
}

# What docker commit leaves after `docker run -d -e FOO=1 -u nobody -l l=2 alpine
# sh -c 'echo x'`: the command of the step with another configuration. Made of
# our own image of the step, in an archive that brings its parent.
committed() { # FIELD VALUE
	"$VARVE" save -o steps.tar alpine app
	python3 - "$@" <<-'END'
		import hashlib, io, json, sys, tarfile
		old = tarfile.open("steps.tar")
		files = {m.name: old.extractfile(m).read() for m in old if m.isfile()}
		links = [m for m in old if m.issym()]
		manifest = json.loads(files["manifest.json"])
		for image in manifest:
		    if "app:latest" not in (image["RepoTags"] or []):
		        continue
		    config = json.loads(files.pop(image["Config"]))
		    config["container_config"][sys.argv[1]] = json.loads(sys.argv[2])
		    text = json.dumps(config).encode()
		    image["Config"] = hashlib.sha256(text).hexdigest() + ".json"
		    files[image["Config"]] = text
		files["manifest.json"] = json.dumps(manifest).encode()
		with tarfile.open("committed.tar", "w") as new:
		    for name, data in files.items():
		        info = tarfile.TarInfo(name)
		        info.size = len(data)
		        new.addfile(info, io.BytesIO(data))
		    for link in links:
		        new.addfile(link)
	END
	"$VARVE" rmi app >/dev/null
	rm -r store/varve/steps
	"$VARVE" load -q -i committed.tar >/dev/null
}

@test "config-differs: each key of a committed container" {
	file 'FROM alpine' 'RUN echo x'
	build -t app
	committed Env '["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin","FOO=1"]'
	told config-differs 2
	build --no-cache -t app
	committed User '"nobody"'
	told config-differs.user 2
	build --no-cache -t app
	committed Labels '{"l":"2"}'
	told config-differs.label 2
	build --no-cache -t app
	committed ExposedPorts '{"80/tcp":{}}'
	told config-differs.port 2
}

@test "not-recorded: a stage that the image does not stand on" {
	file 'FROM alpine AS tool' 'RUN echo t' 'FROM alpine' 'RUN echo x'
	build -t built
	told not-recorded 2 --against built
}

@test "each code of the table has its case" {
	local code
	for code in $(sed -n 's/^| `\([a-z-]*\)` .*/\1/p' "$top_srcdir/doc/reasons.md"); do
		[[ $code == base-differs || $code == base-pulled ]] || [ -e "$top_srcdir/tests/golden/plan/$code" ] || { echo "$code"; return 1; }
	done
}

@test "why --diff shows changed texts line by line, and says what it cannot" {
	mkdir -p context/src/sub
	printf 'one\ntwo\nthree\n' >context/src/sub/deep.txt
	printf 'a\0b' >context/src/picture
	head -c 300000 /dev/zero | tr '\0' x >context/src/big
	echo same >context/src/mode
	chmod 0644 context/src/mode
	file 'FROM alpine' 'WORKDIR /w' 'COPY a.txt other.txt' 'COPY src lib/'
	build
	echo A >context/a.txt
	"$VARVE" why 3 --diff context | sed -n '/^---/,$p' >told
	diff - told <<-'END'
		--- a/a.txt
		+++ b/a.txt
		@@ -1,1 +1,1 @@
		-a
		+A
	END
	echo a >context/a.txt
	printf 'one\n2\nthree\n' >context/src/sub/deep.txt
	printf 'a\0c' >context/src/picture
	echo more >>context/src/big
	chmod 0664 context/src/mode
	cat >expected <<-'END'
		no diff of `src/big`: the old 'src/big' has 300000 bytes, more than 262144
		Binary files a/src/picture and b/src/picture differ
		--- a/src/sub/deep.txt
		+++ b/src/sub/deep.txt
		@@ -1,3 +1,3 @@
		 one
		-two
		+2
		 three
	END
	"$VARVE" why 4 --diff context | sed -n '/^no diff/,$p' | diff expected -
	rm -r store/varve/journal
	"$VARVE" why 4 --diff context | sed -n '/^no diff/,$p' | diff expected -
}

@test "why --diff is not for JSON" {
	file 'FROM alpine' 'COPY a.txt /'
	run -2 "$VARVE" why 2 --diff --format json context
	[[ $output == *"--diff is for people"* ]]
}
