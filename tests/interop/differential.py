#!/usr/bin/env python3
"""Random Dockerfiles and contexts, and random edits of them, through varve and
through a real dockerd 20.10: everything that both decide and make must agree.

  differential.py --varve PATH --work DIR --seeds 1-60 [--keep] [--tap]

For each seed: a context, a Dockerfile, then some edits. After each edit
  1. varve plan on dockerd's own root          verdict per step
  2. docker build (classic), varve build       console line by line (IDs masked),
     in a root of varve's own                  exit code, first error line
  3. final image of both                       config, history, layers: every
     entry's type, mode, owner, size, content, link, capability; diff IDs of
     layers that do not hang on the clock
A disagreement prints the seed, the Dockerfile and both sides; exit status 1.
Starts nothing: DOCKER_HOST must name a daemon whose root is DIR/docker/root.
"""
import argparse
import hashlib
import io
import json
import os
import random
import re
import shutil
import stat
import subprocess
import sys
import tarfile

BASES = {
    "alpine": [],
    "base:env": ["ENV FROMBASE=1 PATH=/bin:/usr/bin", "LABEL l=base"],
    "base:user": ["USER nobody", "WORKDIR /tmp"],
    "base:entry": ['ENTRYPOINT ["/bin/sh","-c"]', 'CMD ["true"]'],
    "base:onbuild": ["ONBUILD COPY f1 /onb/", "ONBUILD RUN echo trigger"],
    "base:health": ["HEALTHCHECK --interval=7s CMD true", "EXPOSE 80/tcp", "VOLUME /vol"],
}
NAMES = ["f1", "f2", "f 3", "g.txt", "h.c", "i.c", "d/f1", "d/f2", "d/e/f3", "d/e/h.c", "k/z", "k/l/m.txt"]
MOVING = "moving"  # a tag that edits set to another of the bases
ARCHIVES = {"a.tar": "", "a.tgz": "gz", "a.tbz": "bz2", "a.txz": "xz"}
VARS = ["A", "B", "C", "D"]
DESTS = ["/", ".", "./", "/w/", "/w", "x", "x/", "/tmp/", "/etc/", "/new/deep/", "../up/", "/lnk/"]


class DockerFault(Exception):
    pass


def sh(*words, **kw):
    return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **kw)


class Case:
    """One seed: makes and edits a context and a Dockerfile."""

    def __init__(self, seed, directory):
        self.r = random.Random(seed)
        self.dir = directory
        self.stages = []
        self.meta = []
        self.escape = []
        os.makedirs(directory)
        for name in self.r.sample(NAMES, self.r.randint(5, len(NAMES))) + ["f1", "d/f1"]:
            self.write(name)
        for _ in range(self.r.randint(0, 3)):
            self.odd_entry()
        if self.r.random() < 0.3:
            self.ignore()
        if self.r.random() < 0.3:
            self.archive()
        for index in range(self.r.choice([1, 1, 1, 2, 3])):
            self.stages.append(self.stage(index))
        if self.r.random() < 0.25:
            self.meta = ["ARG BASE=alpine", "ARG A=global"][: self.r.randint(1, 2)]
            if self.r.random() < 0.5:
                self.stages[0][0] = self.stages[0][0].replace(self.stages[0][0].split()[1], "${BASE}")

    # ---- context -------------------------------------------------------
    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name):
        p = self.path(name)
        if os.path.islink(os.path.dirname(p)):
            return
        os.makedirs(os.path.dirname(p), exist_ok=True)
        if os.path.isdir(p) and not os.path.islink(p):
            return
        if os.path.lexists(p):
            os.unlink(p)
        with open(p, "wb") as f:
            f.write(self.r.choice([b"", b"x\n", b"data %d\n" % self.r.randint(0, 99), os.urandom(0) + b"y" * self.r.randint(1, 9000)]))
        os.chmod(p, self.r.choice([0o644, 0o644, 0o755, 0o600, 0o4755, 0o2755, 0o1644, 0o777]))
        if self.r.random() < 0.2:
            os.chown(p, self.r.randint(0, 5), self.r.randint(0, 5))
            if self.r.random() < 0.5:
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
        kind = self.r.choice(["link", "dangling", "dirlink", "hard", "fifo", "empty", "long", "utf8", "cap", "abs", "up"])
        name = "o" + kind
        # A fifo named as a source makes dockerd wait for ever: it lies where
        # only a whole directory reaches it.
        p = self.path("zz/fifo" if kind == "fifo" else self.r.choice(["", "d/", "k/"]) + name)
        os.makedirs(os.path.dirname(p), exist_ok=True)
        if os.path.lexists(p):
            return
        if kind == "link":
            os.symlink("f1", p)
        elif kind == "dangling":
            os.symlink("nowhere", p)
        elif kind == "dirlink":
            os.symlink("d" if os.path.dirname(p) == self.dir else "../d", p)
        elif kind == "abs":
            os.symlink("/d/f1", p)
        elif kind == "up":
            os.symlink("../../../f1", p)
        elif kind == "hard":
            os.link(self.path("f1"), p)
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
        elif kind == "cap":
            open(p, "w").close()
            os.setxattr(p, "security.capability", bytes.fromhex("0100000200200000000000000000000000000000"))

    def ignore(self):
        lines = self.r.sample(["*.c", "d/e", "**/f3", "k", "!k/z", "*", "!d", "!f1", "!d/**", "f*", "# c", "d/*", "!d/f1", ".dockerignore", "Dockerfile", "o*"], self.r.randint(1, 5))
        with open(self.path(".dockerignore"), "w") as f:
            f.write("\n".join(lines) + "\n")

    def archive(self):
        """A tar, plain or compressed, or one that is damaged."""
        r = self.r
        name, how = r.choice(sorted(ARCHIVES.items()))
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w:" + how, format=r.choice([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])) as tar:
            for entry, kind in (("t/", tarfile.DIRTYPE), ("t/f", tarfile.REGTYPE), ("t/l", tarfile.SYMTYPE), ("t/h", tarfile.LNKTYPE), ("../up", tarfile.REGTYPE), ("deep/er/f", tarfile.REGTYPE), ("etc/.wh.passwd", tarfile.REGTYPE)):
                if r.random() < 0.3 and kind != tarfile.REGTYPE:
                    continue
                if entry.startswith("etc/") and r.random() < 0.8:
                    continue
                info = tarfile.TarInfo(entry)
                info.type, info.mtime = kind, 1200000000
                info.mode = 0o755 if kind == tarfile.DIRTYPE else r.choice([0o644, 0o4755, 0o600])
                info.uid, info.gid = r.choice([(0, 0), (7, 8)])
                info.linkname = {"t/l": "f", "t/h": "t/f"}.get(entry, "")
                data = b"in an archive\n" if kind == tarfile.REGTYPE else b""
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
        data = out.getvalue()
        if r.random() < 0.1:
            data = data[: r.randint(1, len(data) - 1)]
        with open(self.path(name), "wb") as f:
            f.write(data)

    # ---- Dockerfile ----------------------------------------------------
    def stage(self, index):
        r = self.r
        source = r.choice(list(BASES) + ["scratch", MOVING, "--platform=linux/amd64 alpine"]) if not index or r.random() < 0.6 else "s%d" % r.randrange(index)
        lines = ["FROM %s AS s%d" % (source, index)]
        scratch = source == "scratch"
        for _ in range(r.randint(1, 7)):
            lines.append(self.instruction(index, scratch))
        return lines

    def var(self):
        v = self.r.choice(VARS)
        return self.r.choice(["$%s", "${%s}", "${%s:-dflt}", "${%s:+alt}", "x$%s"]) % v

    def source(self):
        r = self.r
        names = [n for n in self.files() if " " not in n] or ["f1"]
        return r.choice([r.choice(names), r.choice(names), "./" + r.choice(names), "/" + r.choice(names), "d", "d/", ".", "*.c", "f*", "d/*", "[fg]*", "k/*/*", "d/e", "nope" if r.random() < 0.1 else "f1"])

    def copy(self, word):
        r = self.r
        if r.random() < 0.1:
            return word + ' ["f 3","/q/"]'
        n = r.choice([1, 1, 1, 2])
        dest = r.choice(DESTS)
        if n > 1 and not dest.endswith("/") and r.random() < 0.9:
            dest += "/"
        chown = "--chown=%s " % r.choice(["1", "1:2", "nobody", "0:0", "nobody:root", "$A" if r.random() < 0.2 else "3:3"]) if r.random() < 0.2 else ""
        return "%s %s%s %s" % (word, chown, " ".join(self.source() for _ in range(n)), dest)

    def instruction(self, index, scratch):
        r = self.r
        kinds = ["copy"] * 5 + ["add"] * 2 + ["env", "label", "arg", "workdir", "user", "cmd", "entry", "expose", "volume", "stop", "health", "maint", "onbuild", "shell"]
        if not scratch:
            kinds += ["run"] * 5
        if index:
            kinds += ["from"] * 2
        k = r.choice(kinds)
        if k == "copy":
            return self.copy(r.choice(["COPY", "COPY", "copy", "Copy"]))
        if k == "add":
            there = [n for n in ARCHIVES if os.path.exists(self.path(n))]
            if there and r.random() < 0.5:
                return "ADD %s%s %s" % (r.choice(["", "", "--chown=5:6 "]), there[0], r.choice(DESTS))
            return self.copy("ADD")
        if k == "from":
            return "COPY --from=%s %s %s" % (r.choice(["s%d" % r.randrange(index), str(r.randrange(index)), "alpine"]), r.choice(["/etc/passwd", "/tmp", "/w", "/etc", "/bin/busybox"]), r.choice(["/c/", "/c", "."]))
        if k == "env":
            return r.choice(["ENV %s=%s", "ENV %s %s", "ENV Z=1 %s=%s"]) % (r.choice(VARS), r.choice(["1", "two", self.var(), '"q $A"', "'$A'"]))
        if k == "label":
            return "LABEL %s=%s" % (r.choice(["l", "m", '"n o"']), r.choice(["1", self.var(), '"a b"']))
        if k == "arg":
            return "ARG %s%s" % (r.choice(VARS), r.choice(["", "=", "=def", "=" + self.var()]))
        if k == "workdir":
            return "WORKDIR %s" % r.choice(["/w", "sub", "/x/../y", "/etc", "/w/", "$A/d", "/etc/passwd" if r.random() < 0.1 else "/w2"])
        if k == "user":
            return "USER %s" % r.choice(["root", "nobody", "0", "root:root", "0:0"])
        if k == "cmd":
            return r.choice(['CMD ["a","b"]', "CMD run $A", "CMD []"])
        if k == "entry":
            return r.choice(['ENTRYPOINT ["/bin/sh","-c"]', "ENTRYPOINT []", "ENTRYPOINT x y"])
        if k == "expose":
            return "EXPOSE %s" % r.choice(["80", "90/udp 80", "1000-1003", "$A" if r.random() < 0.1 else "8080:80"])
        if k == "volume":
            return r.choice(["VOLUME /v", 'VOLUME ["/v1","/v 2"]', "VOLUME /etc /v"])
        if k == "stop":
            return "STOPSIGNAL %s" % r.choice(["9", "SIGTERM", "kill", "RTMIN+3"])
        if k == "health":
            return r.choice(["HEALTHCHECK NONE", "HEALTHCHECK CMD true", 'HEALTHCHECK --interval=5s --retries=3 CMD ["a","b"]', "HEALTHCHECK --timeout=1m30s --start-period=1s CMD x"])
        if k == "maint":
            return "MAINTAINER me <m@e>"
        if k == "onbuild":
            return "ONBUILD " + r.choice(["RUN echo x", "COPY f1 /onb2/", "ENV O=1"])
        if k == "shell":
            return 'SHELL ["/bin/sh","-c"]' if r.random() < 0.8 else 'SHELL ["/bin/sh","-ec"]'
        return r.choice([
            "RUN echo out", "RUN echo err >&2", "RUN echo $A $B $C $D > /tmp/vars", "RUN mkdir -p /w/r && echo r > /w/r/f", 'RUN ["/bin/echo","exec form"]', "RUN rm -rf /etc/group", "RUN touch -d @1000000000 /tmp/t",
            "RUN id && pwd && env | sort && umask", "RUN ln -s /w /lnk || true", "RUN mkdir -p /w && rm -rf /w && mkdir /w && touch /w/n", "RUN chmod 600 /etc/passwd", "RUN true", "RUN echo a \\\n  b \\\n# comment\n  c", "RUN exit %d" % r.choice([1, 3, 127]) if r.random() < 0.15 else "RUN echo no >/no && rm /no",
        ])

    def save(self):
        text = "\n".join(self.escape + self.meta + [line for stage in self.stages for line in stage]) + "\n"
        with open(self.path("Dockerfile"), "w") as f:
            f.write(text)
        return text

    # ---- edits ---------------------------------------------------------
    def edit(self):
        r = self.r
        regular = [n for n in self.files() if os.path.isfile(self.path(n)) and not os.path.islink(self.path(n))]
        kind = r.choice(["content", "mode", "mtime", "owner", "rename", "new", "delete", "ignore", "dirmode", "odd", "swap", "insert", "drop", "comment", "case", "continue", "arg", "nothing", "replace", "base", "nocache", "target", "label", "argenv", "from-cache", "escape", "archive", "moved"])
        flags = []
        if kind == "content" and regular:
            with open(self.path(r.choice(regular)), "ab") as f:
                f.write(b"+")
        elif kind == "mode" and regular:
            os.chmod(self.path(r.choice(regular)), r.choice([0o644, 0o664, 0o700, 0o755]))
        elif kind == "mtime" and regular:
            os.utime(self.path(r.choice(regular)), (1e9, 1e9 + r.randint(0, 9)))
        elif kind == "owner" and regular:
            os.chown(self.path(r.choice(regular)), r.randint(0, 9), 3)
        elif kind == "rename" and regular:
            n = r.choice(regular)
            os.rename(self.path(n), self.path(n) + ".c")
        elif kind == "new":
            self.write(r.choice(NAMES) + r.choice(["", "n"]))
        elif kind == "delete" and regular:
            os.unlink(self.path(r.choice(regular)))
        elif kind == "ignore":
            self.ignore()
        elif kind == "dirmode" and os.path.isdir(self.path("d")):
            os.chmod(self.path("d"), r.choice([0o755, 0o700, 0o775]))
        elif kind == "odd":
            self.odd_entry()
        elif kind == "archive":
            self.archive()
        else:
            flags = self.edit_lines(kind)
        return kind, flags

    def edit_lines(self, kind):
        r = self.r
        stage = r.choice(self.stages)
        index = self.stages.index(stage)
        at = r.randrange(1, len(stage)) if len(stage) > 1 else 0
        if kind == "swap" and len(stage) > 2:
            b = r.randrange(1, len(stage))
            stage[at], stage[b] = stage[b], stage[at]
        elif kind == "insert":
            stage.insert(r.randint(1, len(stage)), self.instruction(index, "scratch" in stage[0]))
        elif kind == "drop" and len(stage) > 2:
            del stage[at]
        elif kind == "comment":
            stage.insert(r.randint(1, len(stage)), r.choice(["# note", "", "   # indented"]))
        elif kind == "case" and at:
            word, _, rest = stage[at].partition(" ")
            stage[at] = word.swapcase() + " " + rest
        elif kind == "continue" and at and " " in stage[at] and "\\" not in stage[at]:
            word, _, rest = stage[at].partition(" ")
            stage[at] = word + " \\\n  " + rest
        elif kind == "arg":
            return ["--build-arg", "%s=%d" % (r.choice(VARS + ["http_proxy", "UNUSED"]), r.randint(1, 3))]
        elif kind == "replace" and at:
            stage[at] = self.instruction(index, "scratch" in stage[0])
        elif kind == "base" and not index:
            stage[0] = "FROM %s AS s0" % r.choice(list(BASES))
        elif kind == "nocache" and r.random() < 0.5:
            return ["--no-cache"]
        elif kind == "label":
            return ["--label", "zz=%d" % r.randint(1, 2), "--label", "aa=b c"]
        elif kind == "argenv":
            return ["--build-arg", r.choice(VARS)]
        elif kind == "from-cache":
            return ["--cache-from", r.choice(["alpine", "base:env", "nosuch", "seed:0", "seed:0,nosuch", "seed:1"])]
        elif kind == "escape":
            self.escape = [] if self.escape else ["# escape=`"]
        elif kind == "target":
            return ["--target", "s%d" % r.randrange(len(self.stages))]
        return []


# ---- both sides ----------------------------------------------------------
HEX = re.compile(r"[0-9a-f]{64}|\b[0-9a-f]{12}\b")


def mask(text):
    # Keys are facts: a COPY's hash is 64 digits too, but never printed in a
    # console line. IDs and container names are what is masked.
    # Where one chunk of standard error ends and the next begins is a matter of
    # timing on both sides.
    return HEX.sub("X", text.replace("\x1b[0m\x1b[91m", ""))


def console_verdicts(text):
    out = []
    for line in text.splitlines():
        m = re.match(r"Step \d+/\d+ : (\S+)", line)
        if m:
            out.append("hit" if m.group(1).upper() == "FROM" else "miss")
        elif line == " ---> Using cache" and out:
            out[-1] = "hit"
    return out


class Docker:
    def __init__(self, root):
        self.root = root
        self.env = dict(os.environ, DOCKER_BUILDKIT="0")

    def build(self, context, flags):
        p = sh("/usr/bin/docker", "build", "--network=host", *flags, context, env=self.env)
        return p.returncode, p.stdout.decode("utf8", "replace"), p.stderr.decode("utf8", "replace")


class Varve:
    def __init__(self, varve, root):
        self.varve, self.root = varve, root
        self.env = dict(os.environ)

    def build(self, context, flags):
        p = sh(self.varve, "build", "--root", self.root, *flags, context, env=self.env)
        return p.returncode, p.stdout.decode("utf8", "replace"), p.stderr.decode("utf8", "replace")

    def plan(self, root, context, flags):
        p = sh(self.varve, "plan", "--format", "json", "--network", "host", "--root", root, *flags, context, env=self.env)
        return p.returncode, p.stdout, p.stderr.decode("utf8", "replace")


def read(path, mode="r"):
    with open(path, mode) as f:
        return f.read()


def layers_of(root, image):
    config = json.loads(read("%s/image/overlay2/imagedb/content/sha256/%s" % (root, image)))
    chain, out = None, []
    for diff in config["rootfs"].get("diff_ids", []):
        chain = diff if chain is None else "sha256:" + hashlib.sha256((chain + " " + diff).encode()).hexdigest()
        db = "%s/image/overlay2/layerdb/sha256/%s" % (root, chain[7:])
        out.append((diff, "%s/overlay2/%s/diff" % (root, read(db + "/cache-id").strip()), int(read(db + "/size"))))
    return config, out


def describe(path):
    """One layer's entries, without what hangs on the clock."""
    out, first = {}, {}
    for base, dirs, names in os.walk(path):
        for n in dirs + names:
            p = os.path.join(base, n)
            st = os.lstat(p)
            rel = os.path.relpath(p, path)
            item = [stat.filemode(st.st_mode), st.st_uid, st.st_gid]
            if stat.S_ISREG(st.st_mode):
                item += [st.st_size, hashlib.sha256(read(p, "rb")).hexdigest()[:16]]
                if st.st_nlink > 1:
                    item.append("hard:" + first.setdefault(st.st_ino, rel))
            elif stat.S_ISLNK(st.st_mode):
                item.append(os.readlink(p))
            elif stat.S_ISCHR(st.st_mode) or stat.S_ISBLK(st.st_mode):
                item.append(st.st_rdev)
            for x in os.listxattr(p, follow_symlinks=False):
                if x in ("security.capability", "trusted.overlay.opaque"):
                    item.append((x, os.getxattr(p, x, follow_symlinks=False).hex()))
            out[rel] = item
    return out


def clockless(config):
    config = json.loads(json.dumps(config))
    for key in ("created", "container", "docker_version"):
        config.pop(key, None)
    for part in ("config", "container_config"):
        config.get(part, {}).pop("Image", None)
    hostname = config.get("container_config", {})
    if re.fullmatch("[0-9a-f]{12}", hostname.get("Hostname", "")):
        hostname["Hostname"] = "X"
    for h in config.get("history", []):
        h.pop("created", None)
    config.pop("rootfs", None)
    return config


def final_image(stdout):
    m = re.findall(r"^Successfully built ([0-9a-f]{12})$", stdout, re.M)
    return m[-1] if m else None


def full_id(root, short):
    for name in os.listdir(root + "/image/overlay2/imagedb/content/sha256"):
        if name.startswith(short):
            return name


def compare_images(docker_root, varve_root, a, b, problems):
    ca, la = layers_of(docker_root, full_id(docker_root, a))
    cb, lb = layers_of(varve_root, full_id(varve_root, b))
    ka, kb = clockless(ca), clockless(cb)
    for key in sorted(set(ka) | set(kb)):
        if ka.get(key) != kb.get(key):
            problems.append("config %s:\n  docker %s\n  varve  %s" % (key, json.dumps(ka.get(key)), json.dumps(kb.get(key))))
    if len(la) != len(lb):
        problems.append("docker has %d layers, varve %d" % (len(la), len(lb)))
    by = [h.get("created_by", "") for h in ca.get("history", []) if not h.get("empty_layer")]
    for i, ((da, pa, sa), (db, pb, sb)) in enumerate(zip(la, lb)):
        what = by[i] if i < len(by) else "?"
        if da == db:
            continue
        ea, eb = describe(pa), describe(pb)
        for name in sorted(set(ea) | set(eb)):
            if ea.get(name) != eb.get(name):
                problems.append("layer %d (%s) %s:\n  docker %s\n  varve  %s" % (i, what, name, ea.get(name), eb.get(name)))
        if sa != sb:
            problems.append("layer %d (%s): size docker %d varve %d" % (i, what, sa, sb))
        if re.search(r"(COPY|ADD) \S+ in / $", what) and not any(v[0][0] == "d" for v in ea.values()):
            problems.append("layer %d (%s): diff IDs differ though no clock is in it: %s %s" % (i, what, da, db))


def check(docker, varve, context, flags, problems):
    prc, pout, perr = varve.plan(docker.root, context, flags)
    drc, dout, derr = docker.build(context, flags)
    vrc, vout, verr = varve.build(context, flags)
    if "failed to get layer" in derr and "layer does not exist" in derr:
        # A fault of dockerd: a COPY that made an empty layer, and the next
        # COPY of the same build fails. varve builds it; from here on the two
        # stores differ, so the seed ends.
        raise DockerFault
    want = console_verdicts(dout)
    try:
        steps = [s for s in json.loads(pout)["steps"] if not s.get("trigger")]
        got = [{"none": "miss", "error": "miss"}.get(s["verdict"], s["verdict"]) for s in steps]
    except (ValueError, KeyError):
        steps, got = [], []
    # What docker printed decides; a RUN that failed ends its list early, a
    # LATE step may have become either.
    for i, verdict in enumerate(want):
        mine = got[i] if i < len(got) else "nothing"
        if i < len(steps) and re.match(r"(?i)from\s+s\d", steps[i]["instruction"]):
            continue  # a stage that has to run: its FROM has no verdict in docker
        if mine != verdict and mine != "late":
            problems.append("plan, step %d: varve says %s, docker %s (%s)" % (i + 1, mine, verdict, perr[:200]))
    if drc != vrc:
        problems.append("exit code: docker %d, varve %d" % (drc, vrc))
    a, b = mask(dout).splitlines(), mask(vout).splitlines()
    if a != b:
        for i in range(max(len(a), len(b))):
            x, y = (a[i] if i < len(a) else "(end)"), (b[i] if i < len(b) else "(end)")
            if x != y:
                problems.append("console line %d:\n  docker %r\n  varve  %r" % (i + 1, x, y))
                break
    first = lambda t: re.sub(r"open \S*/etc/(passwd|group)", r"open /etc/\1", re.sub(r"/\S*/(merged|diff|work|tmp)/?", "/", mask((t.strip().splitlines() or [""])[0])))
    if first(derr).replace("Error response from daemon: ", "") != first(verr).replace("Error response from daemon: ", ""):
        problems.append("error: docker %r, varve %r" % (derr[:300], verr[:300]))
    if drc == 0 and vrc == 0:
        x, y = final_image(dout), final_image(vout)
        if x and y:
            compare_images(docker.root, varve.root, x, y, problems)


def make_bases(docker, varve, work):
    tar = os.path.join(work, "bases.tar")
    for name, lines in BASES.items():
        if not lines:
            continue
        p = sh("/usr/bin/docker", "build", "--network=host", "-t", name, "-", input=("FROM alpine\n" + "\n".join(lines) + "\n").encode(), env=docker.env)
        if p.returncode:
            sys.exit(p.stderr.decode())
    # With the images between: they are candidates of the cache too.
    between = [i for name in BASES for i in sh("/usr/bin/docker", "history", "-q", "--no-trunc", name, env=docker.env).stdout.decode().split() if i != "<missing>"]
    p = sh("/usr/bin/docker", "save", "-o", tar, *BASES, *sorted(set(between)), env=docker.env)
    if p.returncode:
        sys.exit(p.stderr.decode())
    p = sh(varve.varve, "load", "--root", varve.root, "-i", tar)
    if p.returncode:
        sys.exit(p.stderr.decode())


def move_tag(docker, varve, base):
    for words, env in (("/usr/bin/docker", "tag"), docker.env), ((varve.varve, "tag", "--root", varve.root), varve.env):
        p = sh(*words, base, MOVING, env=env)
        if p.returncode:
            sys.exit(p.stderr.decode())


def run_seed(seed, docker, varve, work, edits):
    directory = os.path.join(work, "seed-%d" % seed)
    shutil.rmtree(directory, ignore_errors=True)
    case = Case(seed, directory)
    done = []
    for turn in range(edits + 1):
        kind, flags = ("first", []) if turn == 0 else case.edit()
        if kind in ("first", "moved"):
            move_tag(docker, varve, "alpine" if kind == "first" else case.r.choice(list(BASES)))
        flags = flags + ["-t", "seed:%d" % turn]
        text = case.save()
        done.append(kind)
        problems = []
        try:
            check(docker, varve, directory, flags, problems)
        except DockerFault:
            print("# seed %d left: dockerd could not build it" % seed)
            break
        if problems:
            print("# seed %d after %s (flags %s)" % (seed, ", ".join(done), " ".join(flags)))
            for block in [text] + problems:
                for line in block.rstrip().splitlines():
                    print("#   " + line)
            return False
    shutil.rmtree(directory)
    return True


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--varve", required=True)
    p.add_argument("--work", required=True)
    p.add_argument("--seeds", default="1-60")
    p.add_argument("--edits", type=int, default=4)
    p.add_argument("--docker-root")
    args = p.parse_args()
    low, _, high = args.seeds.partition("-")
    seeds = range(int(low), int(high or low) + 1)
    os.umask(0o022)
    docker = Docker(args.docker_root or args.work + "/docker/root")
    varve = Varve(args.varve, args.work + "/varve")
    make_bases(docker, varve, args.work)
    bad = []
    for seed in seeds:
        ok = run_seed(seed, docker, varve, args.work, args.edits)
        if not ok:
            bad.append(seed)
        sys.stdout.flush()
    print("# %d seeds, %d with a disagreement%s" % (len(seeds), len(bad), ": " + " ".join(map(str, bad)) if bad else ""))
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
