# plan --against, on images written by hand in the words of each builder.

bats_require_minimum_version 1.5.0

load common

setup() {
	fresh
	command -v python3 >/dev/null || skip "python3 is missing"
	rm -r context
	mkdir -p context/dir
	echo a >context/a.txt
	echo b >context/dir/b.txt
	chmod 0755 context/dir
	chmod 0644 context/a.txt context/dir/b.txt
	image '[{"created_by": "base"}]' base
}

# image HISTORY NAME [CONFIG]: an entry without empty_layer has a layer, made
# of its "files" (path to content or [content, mode, uid]); the first entry of
# all is the base.
image() {
	python3 - "$1" "$2" "${3:-{\}}" <<-'END'
	import hashlib, io, json, sys, tarfile
	history, layers = json.loads(sys.argv[1]), []
	for entry in history:
	    entry.setdefault("created", "2020-01-01T00:00:00Z")
	    files = entry.pop("files", {"bin": None})
	    if entry.get("empty_layer"):
	        continue
	    data = io.BytesIO()
	    with tarfile.open(fileobj=data, mode="w") as tar:
	        for name, what in files.items():
	            text, mode, uid = what if isinstance(what, list) else [what, 0o644, 0]
	            item = tarfile.TarInfo(name)
	            item.mode, item.uid = mode, uid
	            if text is None:
	                item.type, item.mode = tarfile.DIRTYPE, 0o755
	                tar.addfile(item)
	            else:
	                item.size = len(text)
	                tar.addfile(item, io.BytesIO(text.encode()))
	    layers.append(data.getvalue())
	diffs = ["sha256:" + hashlib.sha256(layer).hexdigest() for layer in layers]
	config = json.dumps({"architecture": "amd64", "os": "linux", "config": json.loads(sys.argv[3]), "history": history,
	                     "rootfs": {"type": "layers", "diff_ids": diffs}}).encode()
	with tarfile.open("image.tar", "w") as tar:
	    def put(name, text):
	        item = tarfile.TarInfo(name)
	        item.size = len(text)
	        tar.addfile(item, io.BytesIO(text))
	    put("config.json", config)
	    for i, layer in enumerate(layers):
	        put(f"{i}.tar", layer)
	    put("manifest.json", json.dumps([{"Config": "config.json", "RepoTags": [sys.argv[2] + ":latest"],
	                                      "Layers": [f"{i}.tar" for i in range(len(layers))]}]).encode())
	END
	"$VARVE" load -q -i image.tar >/dev/null
}

file() { printf '%s\n' "$@" >context/Dockerfile; }

# Verdicts of the steps, or of their reasons.
against() { "$VARVE" plan --format json --against "$@" context | verdicts; }
whys() { "$VARVE" plan --format json --against "$@" context | jq -r '[.steps[].why] | join(" ")'; }
sure() { "$VARVE" plan --format json --against "$@" context | jq -r '[.steps[].confidence] | join(" ")'; }

B='"comment": "buildkit.dockerfile.v0"'
buildkit_image() {
	image '[{"created_by": "base"}, {"created_by": "ARG A=1", "empty_layer": true, '"$B"'},
		{"created_by": "ENV E=x y", "empty_layer": true, '"$B"'},
		{"created_by": "RUN |1 A=1 /bin/sh -c echo   one # buildkit", "files": {"one": "1"}, '"$B"'},
		{"created_by": "LABEL l=1", "empty_layer": true, '"$B"'},
		{"created_by": "WORKDIR /w", "files": {"w": null}, '"$B"'},
		{"created_by": "COPY a.txt ./ # buildkit", "files": {"w": null, "w/a.txt": "a\n"}, '"$B"'},
		{"created_by": "COPY dir /dir # buildkit", "files": {"dir": null, "dir/b.txt": ["b\n", 420, 3]}, '"$B"'},
		{"created_by": "EXPOSE map[80/tcp:{} 81/udp:{}]", "empty_layer": true, '"$B"'},
		{"created_by": "CMD [\"x\"]", "empty_layer": true, '"$B"'}]' built
	file 'FROM base' 'ARG A=1' 'ENV E="x y"' 'RUN echo   one' 'LABEL l=1' 'WORKDIR /w' 'COPY a.txt ./' \
		'COPY --chown=3:0 dir /dir' 'EXPOSE 81/udp 80' 'CMD ["x"]'
}

@test "BuildKit: all hits, whose rule, how sure" {
	buildkit_image
	[ "$(against built)" = "hit hit hit hit hit hit hit hit hit hit" ]
	[ "$(sure built)" = "high high high high high high high medium high high" ]
	[ "$("$VARVE" plan --against built --format json context | jq -c .against)" = '{"image":"built","builder":"buildkit"}' ]
	run -0 "$VARVE" plan --against built context
	[[ "$output" == *"COPY a.txt ./  high"*"against built, by the rules of buildkit"* ]]
	run -0 "$VARVE" why --against built 7 context
	[[ "$output" == *"rule       BuildKit: destination"*"confidence high"* ]]
}

@test "BuildKit: configuration runs nothing and stops nothing, an ENV stops the next RUN" {
	buildkit_image
	sed -i 's/LABEL l=1/LABEL l=2/' context/Dockerfile
	[ "$(against built)" = "hit hit hit hit miss hit hit hit hit hit" ]
	sed -i 's/"x y"/z/' context/Dockerfile
	[ "$(against built)" = "hit hit miss miss miss miss miss miss miss miss" ]
	[ "$(whys built | cut -d' ' -f3-5)" = "command-differs config-differs earlier-miss" ]
	sed -i '/RUN/d' context/Dockerfile
	[ "$(against built | cut -d' ' -f5)" = miss ]
}

@test "BuildKit: a build argument, another order, what the image does not have" {
	buildkit_image
	[ "$(whys built --build-arg A=2 | cut -d' ' -f4)" = build-arg-differs ]
	file 'FROM base' 'ENV E="x y"' 'ARG A=1' 'RUN echo   one'
	[ "$(whys built | cut -d' ' -f4)" = config-differs ]
	file 'FROM base' 'ARG A=1' 'ENV E="x y"' 'RUN --mount=type=cache,target=/c echo   one'
	[ "$(whys built | cut -d' ' -f4)" = not-recorded ]
	buildkit_image
	echo 'RUN more' >>context/Dockerfile
	[ "$(against built | cut -d' ' -f8-)" = "hit hit hit miss" ]
}

@test "BuildKit: content, mode and owner of the sources count, times do not" {
	buildkit_image
	touch -d '2001-02-03' context/a.txt context/dir/b.txt
	[ "$(against built | cut -d' ' -f7,8)" = "hit hit" ]
	chmod 0755 context/a.txt
	[ "$(whys built | cut -d' ' -f7)" = sources-differ ]
	chmod 0644 context/a.txt
	printf 'A\n' >context/a.txt
	touch -d @0 context/a.txt
	[ "$(whys built | cut -d' ' -f7)" = sources-differ ]
	echo a >context/a.txt
	echo new >context/dir/new
	run -0 "$VARVE" why --against built 8 context
	[[ "$output" == *"+ dir/new"* ]]
	rm context/dir/new
	sed -i 's/--chown=3:0 //' context/Dockerfile
	run -0 "$VARVE" why --against built 8 context
	[[ "$output" == *"~ dir/b.txt uid 3 -> 0"* ]]
}

@test "an ignore file that only the builder reads" {
	buildkit_image
	echo x >context/Dockerfile.dockerignore
	[ "$(whys built | cut -d' ' -f6,7)" = "cached not-recorded" ]
}

@test "against an image, as if a file had changed" {
	buildkit_image
	[ "$(against built --touch a.txt | cut -d' ' -f7)" = miss ]
	[ "$(against built --touch dir | cut -d' ' -f7,8)" = "hit miss" ]
}

@test "another base, a stage that is not in the image" {
	buildkit_image
	image '[{"created_by": "other"}]' other
	sed -i 's/FROM base/FROM other/' context/Dockerfile
	[ "$(whys built | cut -d' ' -f1,2)" = "base-differs earlier-miss" ]
	buildkit_image
	sed -i '1i FROM base AS tool\nRUN make' context/Dockerfile
	[ "$(against built)" = "hit miss hit hit hit hit hit hit hit hit hit hit" ]
	[ "$(whys built | cut -d' ' -f2)" = not-recorded ]
	echo 'COPY --from=tool /t /t' >>context/Dockerfile
	[ "$(against built | cut -d' ' -f13)" = late ]
}

@test "buildah: the text of each step in its order, and the files" {
	F='"comment": "FROM 0123456789ab"'
	sum=$(cd context && tar --format=ustar --mtime=@0 --owner="$(id -un):0" --group="$(id -gn):0" -b2 -cf - a.txt | sha256sum)
	image '[{"created_by": "base"}, {"created_by": "/bin/sh -c #(nop) ARG A", "empty_layer": true, '"$F"'},
		{"created_by": "/bin/sh -c #(nop) env E=$A", "empty_layer": true, '"$F"'},
		{"created_by": "|1 A=1 /bin/sh -c echo   one", "files": {"one": "1"}, '"$F"'},
		{"created_by": "/bin/sh -c #(nop) COPY file:'"${sum%% *}"' in $E/ ", "files": {"1": null, "1/a.txt": "a\n"}, '"$F"'},
		{"created_by": "/bin/sh -c #(nop) CMD x", "empty_layer": true, '"$F"'}]' built '{"Labels": {"io.buildah.version": "1.28.2"}}'
	file 'FROM base' 'ARG A=1' 'env E=$A' 'RUN echo   one' 'COPY a.txt $E/' 'CMD x'
	[ "$(against built)" = "hit hit hit hit hit hit" ]
	[ "$(against built --build-arg A=2)" = "hit hit hit miss miss miss" ]
	[ "$(whys built --build-arg A=2 | cut -d' ' -f4)" = build-arg-differs ]
	sed -i 's/^env/ENV/' context/Dockerfile
	[ "$(against built)" = "hit hit miss miss miss miss" ]
	sed -i 's/^ENV/env/' context/Dockerfile
	echo x >>context/a.txt
	run -0 "$VARVE" why --against built 5 context
	[[ "$output" == *"~ a.txt content"*"confidence high"* ]]
}

@test "buildah: blanks behind the word RUN and at a line's end count, those of a COPY do not" {
	F='"comment": "FROM 0123456789ab"'
	sum=$(cd context && tar --format=ustar --mtime=@0 --owner="$(id -un):0" --group="$(id -gn):0" -b2 -cf - a.txt | sha256sum)
	image '[{"created_by": "base"}, {"created_by": "/bin/sh -c #(nop) COPY file:'"${sum%% *}"' in /1/ ", "files": {"1": null, "1/a.txt": "a\n"}, '"$F"'},
		{"created_by": "/bin/sh -c  one  && two\t ", '"$F"'},
		{"created_by": "/bin/sh -c #(nop) ENV  A=1 ", "empty_layer": true, '"$F"'}]' built '{"Labels": {"io.buildah.version": "1.28.2"}}'
	file 'FROM base' $'COPY a.txt /1/ \t' $'  RUN  one \\\n# told\n\n && two\t ' 'ENV  A=1 '
	[ "$(against built)" = "hit hit hit hit" ]
	for edit in 's/two.*/two/' 's/two.*/&  /' 's/RUN  /RUN /' 's/RUN  /RUN   /' 's/one /one/'; do
		sed -i.old "$edit" context/Dockerfile
		[ "$(against built)" = "hit hit miss miss" ]
		mv context/Dockerfile.old context/Dockerfile
	done
	sed -i 's/A=1 $/A=1/' context/Dockerfile
	[ "$(against built)" = "hit hit hit miss" ]
	sed -i 's/RUN  /RUN\t /; s/^COPY /COPY  /; s/A=1$/& /' context/Dockerfile
	[ "$(against built)" = "hit hit hit hit" ]
}

@test "buildah without --layers kept nothing" {
	image '[{"created_by": "base"}, {"created_by": "/bin/sh -c echo one", "empty_layer": true},
		{"created_by": "/bin/sh -c echo two", "comment": "FROM base"}]' built '{"Labels": {"io.buildah.version": "1.28.2"}}'
	file 'FROM base' 'RUN echo one' 'RUN echo two'
	[ "$(against built)" = "hit miss miss" ]
}

@test "kaniko: what makes a layer has an entry, the rest is seen in the configuration" {
	image '[{"created_by": "base"}, {"created_by": "RUN echo one", "author": "kaniko"},
		{"created_by": "COPY a.txt /x/", "author": "kaniko", "files": {"x": null, "x/a.txt": "a\n"}}]' built \
		'{"Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "E=1"]}'
	file 'FROM base' 'ENV E=1' 'RUN echo one' 'COPY a.txt /x/'
	[ "$(against built)" = "hit hit hit hit" ]
	[ "$(sure built)" = "high medium medium medium" ]
	sed -i 's/E=1/E=2/' context/Dockerfile
	[ "$(against built)" = "hit miss miss miss" ]
	file 'FROM base' 'ARG V=1' 'RUN echo one'
	[ "$(whys built | cut -d' ' -f2)" = not-recorded ]
}

@test "docker's classic builder: the key in the history of a pulled image" {
	file 'FROM base' 'RUN echo one' 'COPY a.txt dir /x/' 'ENV A=1'
	image '[{"created_by": "base"}, {"created_by": "/bin/sh -c echo one", "files": {"one": "1"}}]' built
	[ "$(against built)" = "hit hit miss miss" ]
	file 'FROM base' 'COPY a.txt dir /x/' 'ENV A=1'
	"$VARVE" build -q -t mine context
	[ "$(against mine)" = "hit hit hit" ]
	"$VARVE" save -o both.tar base:latest mine:latest
	[ "$(against mine --root docker-archive:both.tar)" = "hit hit hit" ]
	"$VARVE" save -o mine.tar mine:latest
	run -1 "$VARVE" plan --root docker-archive:mine.tar --against mine context
	[[ "$output" == *"a build would pull 'base'"* ]]
	chmod 0755 context/a.txt
	[ "$(whys mine | cut -d' ' -f2)" = sources-differ ]
}

@test "layers that were squashed tell no sources" {
	image '[{"created_by": "base"}, {"created_by": "COPY a.txt /x/ # buildkit", "empty_layer": true, '"$B"'},
		{"created_by": "", "comment": "merge sha256:1 to sha256:2", "files": {"x": null, "x/a.txt": "a\n"}}]' built
	file 'FROM base' 'COPY a.txt /x/'
	[ "$(whys built)" = "base not-recorded" ]
}

@test "an image that is not there, or tells nothing" {
	file 'FROM base' 'RUN x'
	run -1 "$VARVE" plan --against nope context
	[[ "$output" == *"image 'nope' is not in the store"* ]]
	image '[]' empty
	run -1 "$VARVE" plan --against empty context
	[[ "$output" == *"cannot plan against 'empty': it has no history"* ]]
}

@test "planning against an image writes nothing and reads back" {
	buildkit_image
	find store -printf '%p %T@ %m\n' | sort >before
	"$VARVE" plan --against built --format json context >plan.json
	find store -printf '%p %T@ %m\n' | sort | diff before -
}
