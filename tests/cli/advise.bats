# What would save most, as a user asks for it.

load common

# A base with tools that only take their time: node:latest.
with_tools() {
	with_base >/dev/null
	mkdir tools
	printf '#!/bin/sh\nsleep 0.3; mkdir -p node_modules; echo done >node_modules/m\n' >tools/npm
	printf '#!/bin/sh\nsleep 0.2; echo "$@" >>/var.log\n' >tools/apt-get
	chmod 0755 tools/*
	printf 'FROM alpine:latest\nCOPY npm apt-get /bin/\nWORKDIR /app\n' >tools/Dockerfile
	"$VARVE" build -q -t node tools >/dev/null
	rm -rf context tools
	mkdir context
	cd context
	printf '{"name":"x"}\n' >package.json
	printf '{"lock":1}\n' >package-lock.json
	mkdir src
	printf 'main\n' >src/main.js
}

setup() {
	fresh
	with_tools
}

mask_times() { sed -E 's/[0-9]+(\.[0-9]+)? m?s\b/T/g'; }

@test "COPY . before npm ci: the manifests first" {
	printf 'FROM node\nCOPY . .\nRUN npm ci\nCMD ["node"]\n' >Dockerfile
	"$VARVE" build -q . >/dev/null
	run "$VARVE" advise --no-git .
	[ "$status" -eq 0 ]
	diff - <(echo "$output" | mask_times) <<-'END'
	When a file changes
	  step 2 misses first, 3 steps run again, T: Dockerfile, package-lock.json, package.json and 1 more

	No history: each of 4 files changed once would cost T in all

	1. copy what npm reads before line 3, and all else after it
	   the same changes cost: T instead of T
	   safe because 'npm ci' installs what its manifests name: they have no scripts and no local paths, and the COPY brings nothing that it makes
	   next build: 4 hit 0 miss 0 late, nothing to build; with the edit: 1 hit 4 miss 0 late, T
	    --- a/Dockerfile
	    +++ b/Dockerfile
	    @@ -1,4 +1,5 @@
	     FROM node
	    -COPY . .
	    +COPY package.json package-lock.json ./
	     RUN npm ci
	    +COPY . .
	     CMD ["node"]
	END
}

@test "the diff applies, and the plan of the edit is that of the edited file" {
	printf 'FROM node\nCOPY . .\nRUN npm ci\n' >Dockerfile
	"$VARVE" build -q . >/dev/null
	"$VARVE" advise --no-git --format json . >../advice.json
	jq -e '.format == 1 and .edits[0].kind == "split" and .edits[0].after_ms < .edits[0].before_ms' ../advice.json
	jq -r '.edits[0].diff' ../advice.json | patch -p1 Dockerfile
	[ "$(sed -n 2p Dockerfile)" = "COPY package.json package-lock.json ./" ]
	"$VARVE" plan --format json . | verdicts >../after
	[ "$(jq -r '[.edits[0].plan.steps[].verdict] | join(" ")' ../advice.json)" = "$(cat ../after)" ]
	# It keeps its promise: another source file does not install again.
	"$VARVE" build -q . >/dev/null
	printf 'more\n' >>src/main.js
	[ "$("$VARVE" plan --format json . | verdicts)" = "hit hit hit miss" ]
}

@test "scripts in package.json: the COPY is not split" {
	printf '{"scripts":{"postinstall":"node src/main.js"}}\n' >package.json
	printf 'FROM node\nCOPY . .\nRUN npm ci\n' >Dockerfile
	"$VARVE" build -q . >/dev/null
	run "$VARVE" advise --no-git .
	[[ $output == *"No edit that keeps the meaning would save anything."* ]]
}

@test "node_modules in the context: the COPY is not split" {
	printf 'FROM node\nCOPY . .\nRUN npm ci\n' >Dockerfile
	mkdir node_modules
	"$VARVE" build -q . >/dev/null
	run "$VARVE" advise --no-git .
	[[ $output == *"No edit that keeps the meaning"* ]]
}

@test "a RUN that does more than install is left alone" {
	printf 'FROM node\nCOPY . .\nRUN npm ci && echo built\n' >Dockerfile
	"$VARVE" build -q . >/dev/null
	run "$VARVE" advise --no-git .
	[[ $output == *"No edit that keeps the meaning"* ]]
}

@test "apt-get after COPY: moved before it" {
	printf 'FROM node\nCOPY src /app/src\nRUN apt-get update && apt-get install -y git\n' >Dockerfile
	"$VARVE" build -q . >/dev/null
	"$VARVE" advise --no-git --format json . >../advice.json
	jq -e '.edits | length == 1' ../advice.json
	jq -e '.edits[0].kind == "reorder" and .edits[0].what == "move the RUN of line 3 before the COPY of line 2"' ../advice.json
	jq -e '.edits[0].plan.steps | map(.verdict) == ["hit", "miss", "miss"]' ../advice.json
}

@test "files copied to /etc/apt: apt-get stays behind them" {
	printf 'FROM node\nCOPY src /etc/apt/src\nRUN apt-get update\n' >Dockerfile
	"$VARVE" build -q . >/dev/null
	run "$VARVE" advise --no-git .
	[[ $output == *"No edit that keeps the meaning"* ]]
}

@test "the last commits weigh the edits" {
	command -v git >/dev/null || skip "git is missing"
	printf 'FROM node\nCOPY package.json /app/\nCOPY src /app/src\nRUN apt-get install -y git\n' >Dockerfile
	git init -q . && git config user.email a@b && git config user.name a
	git add -A && git commit -qm one
	for i in 1 2; do echo "$i" >>src/main.js; git commit -qam "$i"; done
	printf '.git\n' >.dockerignore
	"$VARVE" build -q . >/dev/null
	"$VARVE" advise --format json . >../advice.json
	jq -e '.history.from == "git" and .history.changes == 3' ../advice.json
	run "$VARVE" advise .
	[[ $output == *"The last 3 commits that touch it would have cost"* ]]
}

@test "without git the journals tell what changed" {
	printf 'FROM node\nCOPY . /app/\nRUN apt-get install -y git\n' >Dockerfile
	for i in 1 2 3; do echo "$i" >>src/main.js; "$VARVE" build -q . >/dev/null; done
	"$VARVE" advise --no-git --format json . >../advice.json
	jq -e '.history == {"from":"journals","changes":2,"ms":.history.ms}' ../advice.json
}

@test "an ARG before steps that do not name it" {
	printf 'FROM node\nARG VERSION=1\nRUN apt-get install -y git\nRUN echo $VERSION\n' >Dockerfile
	"$VARVE" build -q . >/dev/null
	"$VARVE" advise --no-git --format json . >../advice.json
	jq -e '.edits[0].kind == "arg" and .edits[0].what == "declare VERSION where it is first named, at line 4"' ../advice.json
	jq -r '.edits[0].diff' ../advice.json | grep -q '^-ARG VERSION=1$'
}

@test "what was never built has no known cost, and that is said" {
	printf 'FROM node\nCOPY . .\nRUN npm ci --never\n' >Dockerfile
	run "$VARVE" advise --no-git .
	[ "$status" -eq 0 ]
	[[ $output == *"step 2 misses first, 2 steps run again, a time not known: "* ]]
	[[ $output == *"Nothing is known of what the steps cost: build once."* ]]
}

@test "findings: .git in a COPY, an old download, an ARG nobody names" {
	mkdir .git
	printf 'FROM node\nARG NOBODY\nCOPY . /app/\nRUN apt-get install -y git\n' >Dockerfile
	"$VARVE" build -q . >/dev/null
	run "$VARVE" advise --no-git --older-than 0 .
	[[ $output == *'line 2: no later instruction of the stage names NOBODY, but each RUN of it misses when its value changes'* ]]
	[[ $output == *"line 3: 'COPY . /app/' copies \`.git\`: each commit changes it; put \`.git\` into .dockerignore"* ]]
	[[ $output == *"line 4: 'apt-get install' fetched from the network 0 days ago, and the cache is used all the same"* ]]
	run "$VARVE" advise --no-git .
	[[ $output != *"fetched from"* ]]
}

@test "nothing is written: neither store nor context" {
	printf 'FROM node\nCOPY . .\nRUN npm ci\n' >Dockerfile
	"$VARVE" build -q . >/dev/null
	before=$(find . "$VARVE_ROOT" -printf '%p %s %T@\n' | sort | sha256sum)
	"$VARVE" advise . >/dev/null
	[ "$before" = "$(find . "$VARVE_ROOT" -printf '%p %s %T@\n' | sort | sha256sum)" ]
}
