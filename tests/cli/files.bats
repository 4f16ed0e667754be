# The verbs on the files of images: files, diff, blame, waste, df.

bats_require_minimum_version 1.5.0

load common

# Layers: 1 the base, 2 COPY, 3 chmod and link, 4 rm and chown, 5 COPY again.
setup() {
	fresh
	with_base
	mkdir app
	printf '%01000d' 0 >app/big
	printf '%0500d' 1 >app/two
	echo hi >app/small
	chmod 0644 app/*
	cat >app/Dockerfile <<'E'
FROM alpine
COPY big two small /d/
RUN chmod 0600 /d/big && mkdir /d/e && echo x >/d/e/f && ln -s ../small /d/e/l
RUN rm /d/two && echo new >/d/small && chown 5:6 /d/e/f
COPY big /d/
E
	"$VARVE" build --network none -q -t app app
}

@test "files shows what one layer changes, with glyph, word, mode, owner and size" {
	run "$VARVE" files --layer 4 app
	[ "$status" -eq 0 ]
	[ "$output" = '  same     drwxr-xr-x  0:0        1.01 kB  d/
  same     drwxr-xr-x  0:0            2 B    e/
~ changed  -rw-r--r--  5:6            2 B      f  (owner 0:0 -> 5:6)
~ changed  -rw-r--r--  0:0            4 B    small  (content)
- removed  -rw-r--r--  0:0          500 B    two' ]
	run "$VARVE" files --layer 4 --filter removed app
	[ "$output" = '  same     drwxr-xr-x  0:0        1.01 kB  d/
- removed  -rw-r--r--  0:0          500 B    two' ]
	id=$("$VARVE" history -q app | sed -n 2p)
	[ "$("$VARVE" files --layer "$id" --filter removed app)" = "$output" ]
}

@test "files shows the whole image up to a layer, sorted and of a size" {
	run "$VARVE" files --layer 3 --aggregate --sort size app /d
	[ "$output" = '+ added    -rw-------  0:0           1 kB  big
+ added    -rw-r--r--  0:0          500 B  two
+ added    -rw-r--r--  0:0            3 B  small
+ added    drwxr-xr-x  0:0            2 B  e/
+ added    -rw-r--r--  0:0            2 B    f
+ added    lrwxrwxrwx  0:0                   l -> ../small' ]
	[ "$("$VARVE" files --min-size 999 app /d | awk '{print $NF}')" = big ]
	[ "$("$VARVE" files --layer 3 --aggregate --match 'type:file size>400 size<=600' app /d | awk '{print $NF}')" = two ]
	[ "$("$VARVE" files --match '*d/* owner:5' app /d | awk '{print $NF}' | xargs)" = 'e/ f' ]
	run "$VARVE" files --match size:9 --match kind:odd app
	[ "$status" -eq 2 ]
	[[ $output == "varve: invalid value for --match: 'odd' is no kind: added, changed, removed or same"* ]]
	[ "$("$VARVE" diff --match 'kind:removed' app#2 app#4)" = '- /d/two  500 B' ]
	[ "$("$VARVE" files --layer 4 --match 'kind:differs type:file' app | awk '$1 ~ /^[-+~]/ {print $7}' | xargs)" = 'f small two' ]
	[ "$("$VARVE" diff --match 'kind:differs' app#3 app#4)" = "$("$VARVE" diff app#3 app#4)" ]
	run "$VARVE" files app /nope
	[ "$status" -eq 1 ]
	[ "$output" = "varve: no such file in the image: '/nope'" ]
	run "$VARVE" files --layer 9 app
	[ "$status" -eq 1 ]
	[ "$output" = "varve: the image has no layer '9': it has 5" ]
	run "$VARVE" files --filter odd app
	[ "$status" -eq 2 ]
}

@test "files as JSON tells type, mode, owner, link, layer and what differs" {
	"$VARVE" files --format json --layer 4 app >out
	[ "$(jq -c '.files[] | select(.path == "d/e/f") | [.state, .type, .mode, .uid, .gid, .size, .layer, .differs, .what]' out)" = \
		'["changed","file","0644",5,6,2,4,["owner"],"owner 0:0 -> 5:6"]' ]
	"$VARVE" files --format json app >out
	[ "$(jq -r '.files[] | select(.path == "d/e/l") | .link' out)" = ../small ]
	[ "$(jq -r .layer out)" -eq 5 ]
}

@test "files tells of a file's attributes" {
	command -v python3 >/dev/null || skip "python3 is missing"
	python3 -c '
import sys, tarfile
tar = tarfile.open(fileobj=sys.stdout.buffer, mode="w|", format=tarfile.PAX_FORMAT)
file = tarfile.TarInfo("noted")
file.pax_headers = {"SCHILY.xattr.user.note": "hi"}
tar.addfile(file)
tar.addfile(tarfile.TarInfo("plain"))
tar.close()' >noted.tar
	"$VARVE" import noted.tar noted || skip "no attributes can be set here"
	run "$VARVE" files noted
	[ "$output" = '  same     -rw-r--r--  0:0            0 B  noted  [user.note]
  same     -rw-r--r--  0:0            0 B  plain' ]
	[ "$("$VARVE" files --format json noted /noted | jq -c '.files[0].xattrs')" = '{"user.note":"6869"}' ]
}

@test "diff tells what differs between two images, and alone from the parent" {
	run "$VARVE" diff app#2 app#4
	[ "$status" -eq 0 ]
	[ "$output" = '~ /d/big  mode 0644 -> 0600
+ /d/e/
+ /d/e/f  2 B
+ /d/e/l
~ /d/small  content
- /d/two  500 B' ]
	run "$VARVE" diff app
	[ "$output" = '~ /d/big  mode 0600 -> 0644' ]
	run "$VARVE" diff --format docker app#3 app#4
	[ "$output" = 'C /d
C /d/e
C /d/e/f
C /d/small
D /d/two' ]
	[ "$("$VARVE" diff app app)" = '' ]
	[ "$("$VARVE" diff --format json app | jq -c '[.files[] | [.path, .state, .what]]')" = \
		'[["d/big","changed","mode 0600 -> 0644"]]' ]
	run "$VARVE" diff app nope
	[ "$status" -eq 1 ]
	[ "$output" = 'varve: No such image: nope:latest' ]
}

@test "images that were built apart are compared by their contents" {
	sed 's/rm .d.two/true/' app/Dockerfile >app/other
	"$VARVE" build --no-cache --network none -q -t other -f app/other app
	run "$VARVE" diff app other
	[ "$output" = '+ /d/two  500 B' ]
	run "$VARVE" diff other app
	[ "$output" = '- /d/two  500 B' ]
}

@test "cat and extract give the files back and stay inside of the directory" {
	[ "$("$VARVE" files --cat /d/small app)" = new ]
	[ "$("$VARVE" files --cat /d/e/l app)" = new ]
	[ "$("$VARVE" files --layer 2 --cat d/small app)" = hi ]
	"$VARVE" files --layer 3 --extract /d app out
	[ "$(stat -c %a out/d/big)" = 600 ]
	[ "$(readlink out/d/e/l)" = ../small ]
	cmp out/d/big app/big
	run "$VARVE" files --extract /d app out
	[ "$status" -eq 1 ]
	mkdir trap
	ln -s "$PWD/elsewhere" trap/d
	mkdir elsewhere
	run "$VARVE" files --extract /d app trap
	[ "$status" -eq 1 ]
	[ -z "$(ls elsewhere)" ]
	run "$VARVE" files --extract /d app
	[ "$status" -eq 2 ]
	run "$VARVE" files --cat /d app
	[ "$status" -eq 1 ]
}

@test "blame names the layers that touched a path, and their steps" {
	run "$VARVE" blame app /d/two
	[ "$status" -eq 0 ]
	[ "$(mask <<<"$output")" = '+ added    layer 2   -rw-r--r--    500 B  COPY multi:X in /d/ 
- removed  layer 4                        RUN rm /d/two && echo new >/d/small && chown 5:6 /d/e/f' ]
	[ "$("$VARVE" blame --format json app /d/big | jq -c '[.[] | [.layer, .what, .mode]]')" = \
		'[[2,"added","0644"],[3,"changed","0600"],[5,"changed","0644"]]' ]
	[ "$("$VARVE" blame --format json app /d/big | jq -c '[.[] | .changed]')" = \
		'[null,"mode 0644 -> 0600","mode 0600 -> 0644"]' ]
	printf 'FROM app\nRUN touch /d/big && echo old >/d/small && chown 7 /d/small\n' >app/other
	"$VARVE" build --network none -q -t touched -f app/other app
	[[ $("$VARVE" blame touched /d/big | tail -n 1) == '~ changed  layer 6 '*' the same again  RUN touch'* ]]
	[[ $("$VARVE" blame touched /d/small | tail -n 1) == *'content, owner 0:0 -> 7:0  RUN touch'* ]]
	[[ $("$VARVE" blame touched /d | tail -n 1) == *'what is in it  RUN touch'* ]]
	run "$VARVE" blame app /nope
	[ "$status" -eq 1 ]
}

@test "waste names bytes, cause and step; dive's figures stand beside it" {
	run "$VARVE" waste app
	[ "$status" -eq 0 ]
	[[ ${lines[0]} == '2.5 kB of '*' wasted, 3 B overwritten, 500 B deleted later, 2 kB chmod/chown copy' ]]
	[[ $output == *'layer 4 deletes what layer 2 wrote: delete it in the step that writes it'* ]]
	[[ $output == *"dive's figures, as dive counts: efficiency "* ]]
	"$VARVE" waste --format json app >out
	[ "$(jq -c '[.files[] | [.path, .bytes, .cause]]' out)" = \
		'[["d/big",1000,"chmod/chown copy"],["d/big",1000,"chmod/chown copy"],["d/two",500,"deleted later"],["d/small",3,"overwritten"],["d/e/f",2,"chmod/chown copy"]]' ]
	[ "$(jq .dive.wastedBytes out)" -eq $((3 * 1000 + 500 + 3 + 4 + 2 * 2)) ]
}

@test "waste tells of a directory that is lost as a whole once, with its largest files" {
	mkdir -p twice/node_modules/{a,b}
	for i in 1 2 3; do
		printf "%0${i}00d" 1 | tee twice/node_modules/a/$i >twice/node_modules/b/$i
	done
	printf 'FROM alpine\nCOPY . /app/\nCOPY node_modules /app/node_modules\n' >twice/Dockerfile
	"$VARVE" build --network none -q -t twice twice
	run "$VARVE" waste twice
	[ "$status" -eq 0 ]
	[[ ${lines[0]} == '1.2 kB of '*' wasted, 1.2 kB identical twice' ]]
	[ "${lines[1]}" = '  1.2 kB  identical twice   /app/node_modules/  6 files' ]
	[ "${lines[2]}" = '          layer 3 puts the same files as layer 2: leave one out' ]
	[ "${lines[5]}" = '               300 B  /app/node_modules/a/3' ]
	[ "${lines[8]}" = '            and 3 more files' ]
	"$VARVE" waste --all twice >out
	[ "$(grep -c '^ *[0-9]00 B  /app/node_modules/./.$' out)" -eq 6 ]
	[ "$("$VARVE" waste --format json twice | jq '.files | length')" -eq 6 ]
}

@test "waste --ci judges by dive's rules and exits 1 if one fails" {
	run "$VARVE" waste --ci app
	[ "$status" -eq 1 ]
	[[ $output == *'
Results:
  FAIL: highestUserWastedPercent: too many bytes wasted, '*'
  SKIP: highestWastedBytes: rule disabled
  PASS: lowestEfficiency
Result:FAIL [Total:3] [Passed:1] [Failed:1] [Warn:0] [Skipped:1]' ]]
	cat >.dive-ci <<'E'
# as in dive's README
rules:
  lowestEfficiency: 0.95
  highestWastedBytes: "20MB"   # a comment
  highestUserWastedPercent: disabled
E
	run "$VARVE" waste --ci app
	[ "$status" -eq 0 ]
	[[ $output == *'[Passed:2] [Failed:0] [Warn:0] [Skipped:1]' ]]
	printf 'rules:\n  highestWastedBytes: 1KB\n' >strict
	run "$VARVE" waste app --ci strict
	[ "$status" -eq 1 ]
	[[ $output == *'FAIL: highestWastedBytes: too many bytes wasted (wasted-bytes=3511 > threshold=1000)'* ]]
	printf 'rules:\n  lowestEfficiency: much\n' >odd
	[ "$("$VARVE" waste --format json --ci app odd | jq -r '.ci.rules[] | select(.rule == "lowestEfficiency") | .why')" = "invalid value 'much'" ]
	printf 'rules:\n  nonsense\n' >odd
	run "$VARVE" waste --ci app odd
	[ "$status" -eq 1 ]
	[ "$output" = "varve: 'odd': line 2: expected \"key: value\"" ]
	run "$VARVE" waste --ci app missing
	[ "$status" -eq 1 ]
}

@test "df counts images and bytes as docker does" {
	run "$VARVE" df
	[ "$status" -eq 0 ]
	[[ ${lines[0]} == 'TYPE          TOTAL     ACTIVE    SIZE '*RECLAIMABLE ]]
	[[ ${lines[1]} == 'Images        2         0 '*'(100%)' ]]
	"$VARVE" df --format json >out
	size=$("$VARVE" inspect app | jq '.[0].Size')
	[ "$(jq .images.size out)" = "$size" ]
	[ "$(jq .images.reclaimable out)" = "$size" ]
}

@test "what files lists is what the kernel's overlay shows" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	cat >app/more <<'E'
FROM app
RUN rm -rf /d/e && mkdir /d/e && echo y >/d/e/g && ln /d/big /d/hard && rm -rf /var && echo file >/var
RUN rm /var && mkdir /var && echo z >/var/z && mv /d /moved && rm -r /home && ln -s moved /d
RUN mkfifo /moved/fifo && chmod 4755 /moved/small && touch "/moved/a b" && mkdir -p /moved/e/deep/er
E
	"$VARVE" build --network none -q -t more -f app/more app
	"$VARVE" inspect more | jq -r '.[0].GraphDriver.Data | [.UpperDir, .LowerDir] | map(select(. != null and . != "")) | join(":")' >lower
	mkdir merged
	mount -t overlay overlay -o "ro,lowerdir=$(cat lower)" merged || skip "cannot mount an overlay"
	find merged -mindepth 1 -printf '%P %y %m %U:%G %l\n' | sort >kernel
	umount merged
	"$VARVE" files --format json more | jq -r '.files[] | select(.state != "removed") |
		"\(.path) \({file:"f",directory:"d",symlink:"l",fifo:"p"}[.type] // .type) \(.mode | ltrimstr("0") | if . == "" then "0" else . end) \(.uid):\(.gid) \(.link // "")"' | sort >ours
	diff kernel ours
	[ "$(wc -l <ours)" -gt 100 ]
}

@test "of many files the screen is given the names first, of one image and of two" {
	command -v python3 >/dev/null || skip "python3 is missing"
	python3 -c '
import tarfile
with tarfile.open("many.tar", "w") as tar:
    for i in range(50010):
        tar.addfile(tarfile.TarInfo("%d/%d" % (i % 100, i)))'
	"$VARVE" import many.tar many
	printf 'FROM many\nCOPY big small /0/\n' >app/other
	"$VARVE" build -q -t more -f app/other app
	[ "$("$VARVE" files --pack "$PWD/one" many)" = names ]
	[ "$("$VARVE" diff --pack "$PWD/two" many more)" = names ]
	[ "$(ls one two one?* two?* | wc -l)" -eq 4 ]
	[ "$("$VARVE" diff many more | wc -l)" -eq 2 ]
	# Few are read as fast.
	[ -z "$("$VARVE" diff --pack "$PWD/few" alpine app)" ]
	[ "$(ls few*)" = few ]
}
