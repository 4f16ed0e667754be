"""Seeded contexts, Dockerfiles and edits of them, for differential.py.

A Case is one seed: it writes a context, a Dockerfile of one or more stages, and
edits both. What it makes hangs on the seed and the number of edits only."""
import bz2
import gzip
import io
import lzma
import os
import random
import tarfile

BASES = {
    "alpine": [],
    "base:env": ["ENV FROMBASE=1 PATH=/bin:/usr/bin", "LABEL l=base"],
    "base:user": ["USER nobody", "WORKDIR /tmp"],
    "base:entry": ['ENTRYPOINT ["/bin/sh","-c"]', 'CMD ["true"]'],
    "base:onbuild": ["ONBUILD COPY f1 /onb/", "ONBUILD RUN echo trigger"],
    "base:onarg": ["ONBUILD ARG A=onb", "ONBUILD ENV FROMA=$A", "ONBUILD WORKDIR $A", "ONBUILD ADD d /ond/"],
    "base:health": ["HEALTHCHECK --interval=7s CMD true", "EXPOSE 80/tcp", "VOLUME /vol"],
    "base:shell": ['SHELL ["/bin/sh","-ec"]', "STOPSIGNAL SIGINT", "MAINTAINER base"],
    "base:links": ["RUN ln -s /etc /lnk && ln -s ../tmp /rel && ln -s /nowhere /dang && ln -s loop /loop && mkdir /real && ln -s ../../../up /real/up && touch /file && ln /file /hard && echo 'me:x:77:88::/:/bin/sh' >>/etc/passwd && echo 'grp:x:99:' >>/etc/group"],
}
MOVING = "base:moving"
NAMES = ["f1", "f2", "f 3", "g.txt", "h.c", "i.c", "d/f1", "d/f2", "d/e/f3", "d/e/h.c", "k/z", "k/l/m.txt"]
VARS = ["A", "B", "C", "D"]
PROXIES = ["http_proxy", "HTTPS_PROXY", "no_proxy"]
DESTS = ["/", ".", "./", "/w/", "/w", "x", "x/", "/tmp/", "/etc/", "/new/deep/", "../up/", "/lnk/", "/lnk/sub/", "/rel", "/rel/", "/dang/", "/dang", "/real/up/", "/file", "/hard", "$A/", "/t.$B"]
OWNERS = ["1", "1:2", "nobody", "0:0", "nobody:root", "3:3", "me", "me:grp", "77:grp", "$A", "none"]
DIRECTIVES = ["# escape=\\", "# syntax=docker/dockerfile:1", "#Escape = \\", "# a comment first"]
RUNS = [
    "echo out", "echo err >&2", "echo $A $B $C $D > /tmp/vars", "mkdir -p /w/r && echo r > /w/r/f",
    "rm -rf /etc/group", "touch -d @1000000000 /tmp/t", "id && pwd && env | sort && umask", "ln -s /w /lnk || true",
    "mkdir -p /w && rm -rf /w && mkdir /w && touch /w/n", "chmod 600 /etc/passwd", "true", "echo no >/no && rm /no",
    "rm -rf /tmp && mkdir -m 1777 /tmp", "touch /w || true", "ln /etc/passwd /tmp/pw || true", "mv /etc/passwd /etc/pw && mv /etc/pw /etc/passwd",
    "mknod /tmp/null c 1 3 || true", "mkfifo /tmp/pipe || true", "truncate -s 300000 /tmp/sparse || true", "chown 5:6 /tmp/vars 2>/dev/null || true",
    "printf 'no newline'", "echo $http_proxy $HTTPS_PROXY", "cat /etc/passwd | wc -l", "for i in 1 2 3; do echo $i > /tmp/$i; done",
    "touch \"$(printf '/tmp/\\303\\251')\"", "rm -f /tmp/1 /tmp/2; ls /tmp >/dev/null", "chmod 755 /etc", "echo x >> /etc/hosts", "test -e /f1 || true",
    "rmdir /w 2>/dev/null || true", "ls -l /c /w 2>/dev/null | wc -l", "mkdir -p /w/o/p && rm -rf /w/o && mkdir -p /w/o/q",
]
FAILS = ["exit 1", "exit 3", "exit 255", "nosuchprogram", "kill -9 $$", "kill -15 $$", "false"]
ERRORS = [
    "ENV A", "COPY f1", "ADD", "ONBUILD ONBUILD RUN x", "ONBUILD FROM x", "ONBUILD MAINTAINER x", "NOSUCH x", "WORKDIR", "LABEL", "LABEL x", "EXPOSE", "EXPOSE x", "EXPOSE 9-1", "EXPOSE 70000",
    "STOPSIGNAL", "STOPSIGNAL nosig", "STOPSIGNAL 0", "SHELL /bin/sh", "HEALTHCHECK", "HEALTHCHECK x", "HEALTHCHECK --interval=x CMD true", "HEALTHCHECK --retries=-1 CMD a", "HEALTHCHECK NONE x",
    "VOLUME", 'VOLUME [""]', "USER", "ARG", "ARG =x", "COPY --from=nostage /a /b", "COPY --from=9 /a /b", "COPY --nosuch=1 f1 /", "ADD --from=0 f1 /", "COPY --chmod=644 f1 /", "RUN --mount=type=cache,target=/x true",
    "ENV =x", "LABEL =x", "COPY f1 f2 /dest", "COPY nope /", "COPY no* /", "COPY ../f1 /", "ENV A=${B?}", 'ENV A="x', "WORKDIR ${A:?gone}", "COPY --from=alpine /nope /", "CMD --x=1 a", "RUN",
]


class Case:
    """One seed: makes and edits a context and a Dockerfile."""

    def __init__(self, seed, directory):
        self.r = random.Random(seed)
        self.dir = directory
        self.stages = []
        self.meta = []
        self.top = []
        self.escape = "\\"
        os.makedirs(directory)
        for name in self.r.sample(NAMES, self.r.randint(5, len(NAMES))) + ["f1", "d/f1"]:
            self.write(name)
        for _ in range(self.r.randint(0, 3)):
            self.odd_entry()
        if self.r.random() < 0.4:
            self.archive()
        if self.r.random() < 0.3:
            self.ignore()
        self.name = self.r.choice(["Dockerfile"] * 8 + ["k/Other.df", "../outside-%d" % seed])
        self.directives()
        for index in range(self.r.choice([1, 1, 1, 2, 2, 3])):
            self.stages.append(self.stage(index))
        if self.r.random() < 0.25:
            self.globals()

    def directives(self):
        if self.r.random() < 0.06:
            self.escape = "`"
            self.top = ["# escape=`"]
        elif self.r.random() < 0.08:
            self.top = [self.r.choice(DIRECTIVES)]

    def globals(self):
        r = self.r
        self.meta = ["ARG BASE=alpine", "ARG A=global", "ARG B=${A}2", "ARG PLAT=linux/amd64"][: r.randint(1, 4)]
        source = self.stages[0][0].split(" AS ")[0].split()[-1]
        if r.random() < 0.5:
            self.stages[0][0] = self.stages[0][0].replace(source, r.choice(["${BASE}", "$BASE", "${BASE:-alpine}", "${NONE:-alpine}"]))

    # ---- context -------------------------------------------------------
    def path(self, name):
        return os.path.join(self.dir, name)

    def aged(self, p):
        """A time of its own, so that it can be compared."""
        when = self.r.randint(10**9, 16 * 10**8) * 10**9 + self.r.choice([0, 0, 250000000])
        os.utime(p, ns=(when, when), follow_symlinks=False)

    def place(self, name):
        """Makes room for NAME; None if something is in the way."""
        p = self.path(name)
        if os.path.islink(os.path.dirname(p)):
            return None
        os.makedirs(os.path.dirname(p), exist_ok=True)
        if os.path.isdir(p) and not os.path.islink(p):
            return None
        if os.path.lexists(p):
            os.unlink(p)
        return p

    def put(self, name, data):
        p = self.place(name)
        if p:
            with open(p, "wb") as f:
                f.write(data)
            self.aged(p)
        return p

    def write(self, name):
        r = self.r
        p = self.put(name, r.choice([b"", b"x\n", b"data %d\n" % r.randint(0, 99), b"y" * r.randint(1, 9000)]))
        if not p:
            return
        os.chmod(p, r.choice([0o644, 0o644, 0o755, 0o600, 0o4755, 0o2755, 0o1644, 0o777]))
        if r.random() < 0.2:
            os.chown(p, r.randint(0, 5), r.randint(0, 5))
            if r.random() < 0.5:
                os.chmod(p, 0o4711)

    def files(self):
        out = []
        for base, dirs, names in os.walk(self.dir):
            dirs.sort()
            for n in sorted(names + dirs):
                rel = os.path.relpath(os.path.join(base, n), self.dir)
                if rel not in (".dockerignore", "Dockerfile", "zz/fifo"):
                    out.append(rel)
        return out

    def odd_entry(self):
        kind = self.r.choice(["link", "dangling", "dirlink", "hard", "hard2", "fifo", "empty", "long", "utf8", "cap", "cap3", "abs", "up", "bytes", "chain"])
        name = "o" + kind
        # A fifo named as a source makes dockerd wait for ever: it lies where
        # only a whole directory reaches it.
        p = self.path("zz/fifo" if kind == "fifo" else self.r.choice(["", "d/", "k/"]) + name)
        if os.path.islink(os.path.dirname(p)):
            return
        os.makedirs(os.path.dirname(p), exist_ok=True)
        if os.path.lexists(p):
            return
        links = {"link": "f1", "dangling": "nowhere", "dirlink": "d" if os.path.dirname(p) == self.dir else "../d", "abs": "/d/f1", "up": "../../../f1", "chain": "olink"}
        if kind in links:
            os.symlink(links[kind], p)
        elif kind in ("hard", "hard2"):
            source = self.path("f1" if kind == "hard" else "d/f1")
            if os.path.lexists(source):
                os.link(source, p, follow_symlinks=False)
        elif kind == "fifo":
            os.mkfifo(p)
        elif kind == "empty":
            os.makedirs(p)
            os.chmod(p, self.r.choice([0o755, 0o700, 0o2775, 0o1777]))
        elif kind == "long":
            os.makedirs(os.path.join(p, "n" * 90))
            open(os.path.join(p, "n" * 90, "m" * 80), "w").close()
        elif kind == "utf8":
            open(p + "é\u3042", "w").close()
        elif kind == "bytes":
            open(os.fsencode(p) + b"\xe9\xff", "w").close()
        else:
            open(p, "w").close()
            short = "0100000200200000000000000000000000000000"
            os.setxattr(p, "security.capability", bytes.fromhex(short if kind == "cap" else "01000003" + short[8:] + "e8030000"))

    def archive(self):
        """A tar to ADD: plain or compressed, whole or broken."""
        r = self.r
        raw = io.BytesIO()
        with tarfile.open(fileobj=raw, mode="w", format=r.choice([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])) as tar:
            for _ in range(r.randint(0, 6)):
                self.member(tar)
        data = raw.getvalue()
        end, pack = r.choice([("", bytes), ("", bytes), (".gz", lambda b: gzip.compress(b, mtime=0)), (".bz2", bz2.compress), (".xz", lzma.compress)])
        data = pack(data)
        how = r.choice(["whole"] * 8 + ["cut", "junk", "tail", "empty"])
        if how == "cut":
            data = data[: len(data) // 2]
        elif how == "junk":
            data = data[:20] + b"\x55" * 600
        elif how == "tail":
            data += b"tail after the end"
        elif how == "empty":
            data = b""
        self.put(r.choice(["ar", "k/ar"]) + ".tar" + end, data)

    def member(self, tar):
        r = self.r
        info = tarfile.TarInfo(r.choice(["a", "sub/b", "sub/c/d", "./e", "etc/new", "w/x", "lnk/y", "/abs", "f1"]))
        info.mtime = r.randint(10**8, 10**9)
        info.mode = r.choice([0o644, 0o755, 0o4755, 0o600])
        info.uid, info.gid = r.choice([(0, 0), (5, 6), (3000000 if tar.format != tarfile.USTAR_FORMAT else 7, 1)])
        body = None
        kind = r.choice(["file"] * 6 + ["dir", "dir", "link", "out", "hard", "fifo", "cap", "user", "wh", "updir"])
        if kind == "dir":
            info.type, info.name = tarfile.DIRTYPE, r.choice(["sub/", "dd", "etc", "w/"])
            info.mode = r.choice([0o755, 0o700, 0o1777])
        elif kind in ("link", "out"):
            info.type, info.linkname = tarfile.SYMTYPE, "a" if kind == "link" else r.choice(["/etc", "../../x"])
            info.name = "sl"
        elif kind == "hard":
            info.type, info.linkname, info.name = tarfile.LNKTYPE, "a", "hl"
        elif kind == "fifo":
            info.type, info.name = tarfile.FIFOTYPE, "ff"
        elif kind == "wh":
            info.name = r.choice([".wh.a", "etc/.wh.passwd"])
        elif kind == "updir":
            info.name = "../esc"
        else:
            body = b"z" * r.randint(0, 700)
            info.size = len(body)
            if kind in ("cap", "user") and tar.format == tarfile.PAX_FORMAT:
                key = "security.capability" if kind == "cap" else "user.note"
                info.pax_headers = {"SCHILY.xattr." + key: "\x01\0\0\x02" + "\0" * 16 if kind == "cap" else "text"}
        tar.addfile(info, io.BytesIO(body) if body else None)

    def ignore(self):
        rules = ["*.c", "d/e", "**/f3", "k", "!k/z", "*", "!d", "!f1", "!d/**", "f*", "# c", "d/*", "!d/f1", ".dockerignore", "Dockerfile", "o*", "**", "**/*.txt", "/d/f2", "./f2", "d/", "!**/h.c", "[fg]*", "?1", "*/f1", " k ", "!ar*", "d/../f1", "\\f1", "", "!Dockerfile", "a**"]
        if self.r.random() < 0.03:
            rules = ["[", "!", "a[b-", "\\"]
        lines = self.r.sample(rules, self.r.randint(1, min(5, len(rules))))
        with open(self.path(".dockerignore"), "w") as f:
            f.write(self.r.choice(["\n", "\n", "\n", "\r\n"]).join(lines) + "\n")

    # ---- Dockerfile ----------------------------------------------------
    def stage(self, index):
        r = self.r
        source = r.choice(list(BASES) + ["scratch", MOVING]) if not index or r.random() < 0.6 else r.choice(["s%d", "S%d"]) % r.randrange(index)
        flag = r.choice(["--platform=linux/amd64 ", "--platform=$PLAT "] if self.meta else ["--platform=linux/amd64 "]) if r.random() < 0.05 else ""
        lines = [r.choice(["FROM", "FROM", "from"]) + " %s%s %s s%d" % (flag, source, r.choice(["AS", "as"]), index)]
        for _ in range(r.randint(1, 7)):
            lines.append(self.instruction(index, source == "scratch"))
        return lines

    def var(self):
        v = self.r.choice(VARS + ["FROMBASE", "http_proxy"])
        return self.r.choice(["$%s", "${%s}", "${%s:-dflt}", "${%s:+alt}", "x$%s", '"$%s y"', "'$%s'", "\\$%s", "${%s:-${A}}", "${%s:+'q q'}"]) % v

    def source(self, word):
        r = self.r
        names = [n for n in self.files() if " " not in n and "\udce9" not in n and "zz" not in n] or ["f1"]
        archives = [n for n in names if ".tar" in n]
        if word == "ADD" and archives and r.random() < 0.6:
            return r.choice(archives)
        return r.choice([r.choice(names), r.choice(names), "./" + r.choice(names), "/" + r.choice(names), "d", "d/", ".", "*.c", "f*", "d/*", "[fg]*", "k/*/*", "d/e", "d/./f1", "d/../f1", "?1", "*/f1", "f1", "$A" if r.random() < 0.1 else "d/f1"])

    def copy(self, word):
        r = self.r
        if r.random() < 0.08:
            return word + r.choice([' ["f 3","/q/"]', ' ["f1", "d/f1", "/q r/"]', ' ["f*", "/w/"]'])
        n = r.choice([1, 1, 1, 2])
        dest = r.choice(DESTS)
        if n > 1 and not dest.endswith("/") and r.random() < 0.9:
            dest += "/"
        chown = "--chown=%s " % r.choice(OWNERS) if r.random() < 0.2 else ""
        return "%s %s%s %s" % (word, chown, " ".join(self.source(word.upper()) for _ in range(n)), dest)

    def copy_from(self, index):
        r = self.r
        whence = r.choice(["s%d" % r.randrange(index), "S%d" % r.randrange(index), str(r.randrange(index))] if index and r.random() < 0.7 else ["alpine", "base:links", MOVING])
        path = r.choice(["/etc/passwd", "/tmp", "/w", "/etc", "/bin/busybox", "etc/../etc/group", "/lnk", "/lnk/passwd", "/rel/", "/etc/*", "/w*", "/file", "/hard", "/real", "/f1", "/", "/onb /c"]) if r.random() < 0.9 else "$A"
        chown = "--chown=%s " % r.choice(OWNERS[:6]) if r.random() < 0.15 else ""
        return "COPY --from=%s %s%s %s" % (whence, chown, path, r.choice(["/c/", "/c", ".", "/c/c/", "/etc/", "/rel/"]) if path != "/" else "/c/")

    def pair(self):
        r = self.r
        return "%s=%s" % (r.choice(VARS + ["PATH2", "E_1"]), r.choice(["1", "two", self.var(), '"q $A"', "'$A'", "a\\ b", '""', "é", '"<&>"']))

    def health(self):
        options = self.r.sample(["--interval=5s", "--timeout=1m30s", "--retries=3", "--start-period=1s", "--retries=65", "--interval=1500ms", "--timeout=0s"], self.r.randint(0, 3))
        if len({o.split("=")[0] for o in options}) < len(options):
            options = options[:1]
        return " ".join(["HEALTHCHECK"] + options + [self.r.choice(['CMD ["a","b"]', "CMD true", "CMD curl  -f 'x' \"y\"", "CMD x || exit 1"])])

    def onbuild(self):
        r = self.r
        return "ONBUILD " + r.choice(["RUN echo x", "COPY f1 /onb2/", "ENV O=1 $A", "ARG C=on", "onbuilt".replace("onbuilt", "run echo low"), "EXPOSE 7", "CMD x", "WORKDIR /ow", "ADD d/f1 /oa/", 'ENTRYPOINT ["e"]', "COPY --from=alpine /etc/group /of/"])

    def run(self):
        r = self.r
        if r.random() < 0.03:
            return "RUN " + r.choice(FAILS)
        if r.random() < 0.12:
            return r.choice(['RUN ["/bin/echo","exec form"]', 'RUN ["/bin/sh", "-c", "echo $A > /tmp/exec"]', "RUN echo a %s\n  b %s\n# comment\n  c" % (self.escape, self.escape), "RUN echo a %s\n\n  b" % self.escape, 'RUN ["/bin/echo", \'bad\'] || true', "run   echo   spaces   ", "RUN\techo tab"])
        return "RUN " + r.choice(RUNS)

    def instruction(self, index, scratch):
        r = self.r
        if r.random() < 0.012:
            return r.choice(ERRORS)
        kinds = ["copy"] * 5 + ["add"] * 3 + ["env", "env", "label", "arg", "arg", "workdir", "user", "cmd", "entry", "expose", "volume", "stop", "health", "maint", "onbuild", "shell"]
        kinds += ["from"] * (3 if index else 1)
        if not scratch:
            kinds += ["run"] * 5
        k = r.choice(kinds)
        if k == "copy":
            return self.copy(r.choice(["COPY", "COPY", "copy", "Copy"]))
        if k == "add":
            return self.copy("ADD")
        if k == "from":
            return self.copy_from(index)
        if k == "run":
            return self.run()
        if k == "health":
            return self.health() if r.random() < 0.8 else "HEALTHCHECK NONE"
        if k == "onbuild":
            return self.onbuild()
        return self.plain(k)

    def plain(self, k):
        r = self.r
        if k == "env":
            return r.choice(["ENV " + self.pair(), "ENV %s %s" % (r.choice(VARS), self.var()), "ENV %s %s" % (self.pair(), self.pair()), "ENV A  two words $B"])
        if k == "label":
            return "LABEL " + r.choice(["l=1", "l=" + self.var(), '"n o"="a b"', "m=1 l=2", "m two words", "$A=x", 'l="line %s\n more"' % self.escape])
        if k == "arg":
            name = r.choice(VARS + PROXIES if r.random() < 0.4 else VARS)
            return "ARG %s%s" % (name, r.choice(["", "=", "=def", "=" + self.var(), "=1 E=2"]))
        if k == "workdir":
            return "WORKDIR %s" % r.choice(["/w", "sub", "/x/../y", "/etc", "/w/", "$A/d", "/lnk/in", "..", "/", "/a b", "/real/up", "C"])
        if k == "user":
            return "USER %s" % r.choice(["root", "nobody", "0", "root:root", "0:0", "77", "me:grp" if r.random() < 0.1 else "65534:1", "${A:-root}"])
        if k == "cmd":
            return r.choice(['CMD ["a","b"]', "CMD run $A", "CMD []", "CMD", 'CMD ["é\\n", "<"]', "CMD [ bad"])
        if k == "entry":
            return r.choice(['ENTRYPOINT ["/bin/sh","-c"]', "ENTRYPOINT []", "ENTRYPOINT x y", 'ENTRYPOINT ["x"]', "ENTRYPOINT"])
        if k == "expose":
            return "EXPOSE %s" % r.choice(["80", "90/udp 80", "1000-1003", "8080:80", "2000-2002/UDP", "127.0.0.1:81:82", "53/sctp 53", "9000-9001:90-91", "${E:-70 71}", "$A" if r.random() < 0.1 else "007"])
        if k == "volume":
            return r.choice(["VOLUME /v", 'VOLUME ["/v1","/v 2"]', "VOLUME /etc /v", "VOLUME $A/v", "VOLUME /w", "VOLUME /tmp"])
        if k == "stop":
            return "STOPSIGNAL %s" % r.choice(["9", "SIGTERM", "kill", "RTMIN+3", "-1", "sigrtmax-2", "${A:-INT}" if r.random() < 0.3 else "HUP"])
        if k == "maint":
            return r.choice(["MAINTAINER me <m@e>", "MAINTAINER   $A \"q\"  "])
        return r.choice(['SHELL ["/bin/sh","-c"]', 'SHELL ["/bin/sh","-ec"]', 'SHELL ["/bin/sh", "-c", "--"]', 'SHELL ["/bin/busybox","sh","-c"]'])

    def save(self):
        text = "\n".join(self.top + self.meta + [line for stage in self.stages for line in stage]) + "\n"
        p = self.path(self.name)
        os.makedirs(os.path.dirname(p), exist_ok=True)
        with open(p, "w") as f:
            f.write(text)
        return text

    def flags(self):
        """Where the Dockerfile is."""
        return [] if self.name == "Dockerfile" else ["-f", os.path.normpath(self.path(self.name))]

    # ---- edits ---------------------------------------------------------
    def edit(self):
        """Changes something; its kind, flags of build, and whether a tag
        moves ("tag", name) or a container is committed ("commit",)."""
        r = self.r
        regular = [n for n in self.files() if os.path.isfile(self.path(n)) and not os.path.islink(self.path(n)) and n != self.name]
        kind = r.choice(["content", "content", "mode", "mtime", "owner", "rename", "new", "delete", "ignore", "dirmode", "odd", "archive", "relink", "sizeless",
                         "swap", "insert", "insert", "drop", "comment", "case", "continue", "arg", "arg", "nothing", "nothing", "replace", "base", "nocache", "target", "label", "cachefrom", "moved", "commit", "space"])
        name = r.choice(regular) if regular else None
        if kind in ("swap", "insert", "drop", "comment", "case", "continue", "replace", "base", "space"):
            self.edit_lines(kind)
        elif kind in ("arg", "nocache", "target", "label", "cachefrom"):
            return kind, self.edit_flags(kind), None
        elif kind == "moved":
            return kind, [], ("tag", r.choice(list(BASES)))
        elif kind == "commit":
            return kind, [], ("commit",)
        elif kind == "new":
            self.write(r.choice(NAMES) + r.choice(["", "n"]))
        elif kind == "ignore":
            self.ignore()
        elif kind == "odd":
            self.odd_entry()
        elif kind == "archive":
            self.archive()
        elif kind == "dirmode" and os.path.isdir(self.path("d")):
            os.chmod(self.path("d"), r.choice([0o755, 0o700, 0o775]))
        elif kind == "relink":
            self.relink()
        elif name:
            self.edit_file(kind, name)
        return kind, [], None

    def relink(self):
        links = [n for n in self.files() if os.path.islink(self.path(n))]
        if links:
            p = self.path(self.r.choice(links))
            os.unlink(p)
            os.symlink(self.r.choice(["f2", "d", "nowhere2", "../f1"]), p)

    def edit_file(self, kind, name):
        r, p = self.r, self.path(name)
        if kind == "content":
            with open(p, "ab") as f:
                f.write(b"+")
        elif kind == "sizeless":  # other bytes, same size and time
            st = os.stat(p)
            with open(p, "r+b") as f:
                f.write(b"!"[: st.st_size])
            os.utime(p, ns=(st.st_atime_ns, st.st_mtime_ns))
        elif kind == "mode":
            os.chmod(p, r.choice([0o644, 0o664, 0o700, 0o755]))
        elif kind == "mtime":
            self.aged(p)
        elif kind == "owner":
            os.chown(p, r.randint(0, 9), 3)
        elif kind == "rename":
            os.rename(p, p + ".c")
        elif kind == "delete":
            os.unlink(p)

    def edit_lines(self, kind):
        r = self.r
        stage = r.choice(self.stages)
        index = self.stages.index(stage)
        scratch = " scratch " in stage[0]
        at = r.randrange(1, len(stage)) if len(stage) > 1 else 0
        if kind == "swap" and len(stage) > 2:
            b = r.randrange(1, len(stage))
            stage[at], stage[b] = stage[b], stage[at]
        elif kind == "insert":
            stage.insert(r.randint(1, len(stage)), self.instruction(index, scratch))
        elif kind == "drop" and len(stage) > 2:
            del stage[at]
        elif kind == "comment":
            stage.insert(r.randint(1, len(stage)), r.choice(["# note", "", "   # indented"]))
        elif kind == "case" and at:
            word, _, rest = stage[at].partition(" ")
            stage[at] = word.swapcase() + " " + rest
        elif kind == "space" and at:
            stage[at] = "  " + stage[at].replace(" ", "   ", 1) + "  "
        elif kind == "continue" and at and " " in stage[at] and "\n" not in stage[at] and not stage[at].lstrip().startswith("#"):
            word, _, rest = stage[at].partition(" ")
            stage[at] = word + " " + self.escape + "\n  " + rest
        elif kind == "replace" and at:
            stage[at] = self.instruction(index, scratch)
        elif kind == "base" and not index:
            stage[0] = "FROM %s AS s0" % r.choice(list(BASES))

    def edit_flags(self, kind):
        r = self.r
        if kind == "arg":
            names = r.sample(VARS + PROXIES + ["UNUSED", "BASE"], r.choice([1, 1, 2]))
            return [w for n in names if n != "BASE" or self.meta for w in ("--build-arg", n + ("=%s" % (r.choice(["1", "2", "", "a b"]) if n != "BASE" else "base:env") if r.random() < 0.8 else ""))]
        if kind == "label":
            return ["--label", r.choice(["l=flag", "z=1", "m=a b", "empty", "l=$A"])] + (["--label", "a=0"] if r.random() < 0.4 else [])
        if kind == "cachefrom":
            return ["--cache-from", r.choice(list(BASES)[:3] + ["prev", "prev,alpine", "nosuch"])]
        if kind == "nocache":
            return ["--no-cache"] if r.random() < 0.4 else []
        return ["--target", r.choice(["s%d", "S%d", "%d"]) % r.randrange(len(self.stages))]
