#!/bin/sh
# Writes doc/screens.md: the main screens, out of tests/ui, where key scripts
# (tests/ui/NAME.script) make them and tests/ui/run.sh compares them.
#	sh doc/screens.sh >doc/screens.md
set -eu
ui=${top_srcdir:-$(dirname "$0")/..}/tests/ui

screen() { # NAME/SCREEN TITLE WORDS
	printf '\n## %s\n\n%s\n(`tests/ui/%s.script`)\n\n```\n' \
		"$2" "$3" "${1%%/*}"
	cat "$ui/$1"
	printf '```\n'
}

cat <<'END'
# The screens

Each is what a key script made, without a terminal: `varve tui --headless
--size 80x24 --script FILE`. IDs stand as `x`, sizes that vary as `#`.
`sh doc/screens.sh` writes this page; a test compares it.
END
screen built_80x24/start 'The tree beside the Dockerfile' \
	'How it opens, 80x24: images, steps with their verdicts, and why.'
screen family_80x24/zoomed 'All images' \
	'`z` in the tree: what is linked by layers alone, dangling, shared.'
screen family_80x24/used 'An image and who keeps it' \
	'`I` tells where an image stands and why it cannot be removed.'
screen why_80x24/diff 'Why a step misses' \
	'The reason and its evidence: what of the file changed.'
screen layers_80x24/added 'Layers and files' \
	'`L` opens the layers of an image and what each of them changes.'
screen log_80x24/failed 'A build that failed' \
	'`b` builds; the end of the log shows what the step said.'
screen whatif_80x24/context 'The build context' \
	'`v` tells what is sent, and which step reads it.'
screen ignore_80x24/verdicts 'Another .dockerignore' \
	'`x` in it: as if a file were ignored, or a line not there; the plan follows.'
screen built_80x24/help 'Help' \
	'`?` shows every key; `/` looks for one.'
screen small_60x15/file 'A small terminal' \
	'60x15: one pane at a time, Tab goes to the next.'
screen stages_120x40/first 'A large terminal' \
	'120x40, with two stages.'
