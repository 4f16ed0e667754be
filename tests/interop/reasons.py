#!/usr/bin/env python3
"""Random edits of what was built, one at a time: the reason names the thing
that the edit changed, and taking the listed differences back makes it hit.

  reasons.py --varve PATH --work DIR --root ROOT --edits 200 [--seed N] [--own]

Builds once with docker (DOCKER_HOST; ROOT is its data root) or, with --own,
with varve in ROOT, which has to hold alpine:latest. Exit status 1 and the
edit with the plan where a reason does not fit.
"""
import argparse
import json
import os
import random
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from differential import Case, sh  # noqa: E402

DOCKERFILE = ["FROM reasons:base", "ARG V=1", "ENV E=1", "WORKDIR /w", "COPY f1 /one/f1", "COPY d /two/", "LABEL l=1",
              "COPY . /all/", "RUN echo run $V", 'CMD ["c"]']

# Where links lead to; these files stay as they are.
ENDS = ("d/end", "d/e/end")


class Bench:
    def __init__(self, args):
        self.args = args
        self.moved = False  # the base's tag
        self.r = random.Random(args.seed)
        self.dir = os.path.join(args.work, "reasons-context")
        self.clean = os.path.join(args.work, "reasons-clean")
        for path in (self.dir, self.clean):
            shutil.rmtree(path, ignore_errors=True)
        case = Case(args.seed, self.dir)
        for name in (".dockerignore", "Dockerfile"):
            if os.path.lexists(case.path(name)):
                os.unlink(case.path(name))
        shutil.rmtree(case.path("zz"), ignore_errors=True)  # a fifo lies there
        for name in case.files():  # names that stand for other names blur what was changed
            p = case.path(name)
            st = os.lstat(p)
            if os.path.islink(p) or not (os.path.isdir(p) or os.path.isfile(p)) or (os.path.isfile(p) and st.st_nlink > 1):
                os.unlink(p)
        for name in case.files():
            os.lchown(case.path(name), 0, 0)
            os.chmod(case.path(name), 0o755 if os.path.isdir(case.path(name)) else 0o644)
        for name in ("f1", "d/f1", "d/e/deep", "top.txt", *ENDS):
            os.makedirs(os.path.dirname(case.path(name)), exist_ok=True)
            with open(case.path(name), "w") as f:
                f.write("content of %s\n" % name)
            os.chmod(case.path(name), 0o644)
        os.symlink("end", case.path("d/link"))
        self.case = case
        self.save(DOCKERFILE)
        # Beside the context: its text is an edit of its own.
        shutil.copytree(self.dir, self.clean, symlinks=True)

    def save(self, lines):
        with open(os.path.join(self.args.work, "reasons.Dockerfile"), "w") as f:
            f.write("\n".join(lines) + "\n")

    def words(self, *flags):
        return ["-f", os.path.join(self.args.work, "reasons.Dockerfile"), *flags, self.dir]

    def build(self):
        self.do("build", "--network=host", *self.words())

    def do(self, *words, **kw):
        if self.args.own:
            words = [self.args.varve, words[0], "--root", self.args.root, *words[1:]]
        else:
            words = ["/usr/bin/docker", *words]
        p = sh(*words, env=dict(os.environ, DOCKER_BUILDKIT="0"), **kw)
        if p.returncode:
            sys.exit(p.stderr.decode())

    def bases(self):
        self.do("build", "-t", "reasons:other", "-", input=b"FROM alpine\nLABEL other=1\n")
        self.do("tag", "alpine", "reasons:base")

    def plan(self, *flags):
        p = sh(self.args.varve, "plan", "--root", self.args.root, "--format", "json", *self.words(*flags))
        if not p.stdout:
            sys.exit(p.stderr.decode())
        return json.loads(p.stdout)["steps"]

    def restore(self):
        shutil.rmtree(self.dir)
        shutil.copytree(self.clean, self.dir, symlinks=True)
        self.save(DOCKERFILE)
        if self.moved:
            self.do("tag", "alpine", "reasons:base")
        self.moved = False

    def regular(self):
        return [n for n in self.case.files()
                if os.path.isfile(self.case.path(n)) and not os.path.islink(self.case.path(n)) and n not in ENDS]

    # ---- edits: each gives what the reason has to say -----------------------
    def edit_file(self):
        """(op, path, what) of one change of one file."""
        r = self.r
        name = r.choice([n for n in self.regular() if os.path.exists(os.path.join(self.clean, n))])
        p = self.case.path(name)
        kind = r.choice(["content", "content", "mode", "delete", "new", "link", "type", "xattr", "rename"])
        if kind == "content":
            with open(p, "r+b") as f:
                old = f.read()
                f.seek(0)
                # Same length where that can be: the size does not tell.
                f.write(b"!" + old[1:] if old and old[:1] != b"!" else old + b"!")
            return "~", name, "content"
        if kind == "mode":
            os.chmod(p, 0o664)
            return "~", name, "mode 0644 -> 0664"
        if kind == "delete" and name not in ("f1", "d/f1"):
            os.unlink(p)
            return "-", name, None
        if kind == "link":
            os.unlink(self.case.path("d/link"))
            os.symlink("e/end", self.case.path("d/link"))
            return "~", "d/link", "link end -> e/end"
        if kind == "type" and name not in ("f1", "d/f1", "d/e/deep"):
            os.unlink(p)
            os.symlink("nowhere", p)
            return "~", name, "type file -> link"
        if kind == "xattr" and self.args.own:  # a layer does not tell
            os.setxattr(p, "security.capability", bytes.fromhex("0100000200200000000000000000000000000000"))
            return "~", name, "xattr"
        if kind == "rename" and name not in ("f1", "d/f1", "d/e/deep"):
            os.rename(p, p + ".renamed")
            return "+-", name, None
        name = r.choice(["", "d/", "d/e/"]) + "new%d" % r.randint(0, 99)
        with open(self.case.path(name), "w") as f:
            f.write("new\n")
        os.chmod(self.case.path(name), 0o644)
        return "+", name, None

    def edit_files(self):
        edits = {}
        for _ in range(self.r.choice([1, 1, 2, 4])):
            op, name, what = self.edit_file()
            if op == "+-":  # another name
                edits[name + ".renamed"], op = ("+", None), "-"
            if name in edits:  # twice the same file: only that it is named
                edits[name] = (None, None)
            else:
                edits[name] = (op, what)
        return edits

    def edit_line(self):
        """(flags, step, code, a word of the evidence)."""
        r = self.r
        n = r.randint(2, 999)
        lines = list(DOCKERFILE)
        kind = r.choice(["arg", "env", "run", "label", "dest", "chown", "workdir", "cmd", "insert", "drop", "base", "touch", "comment", "case"])
        flags, step, code, word = [], 0, "", ""
        if kind == "arg":
            flags, step, code, word = ["--build-arg", "V=%d" % n], 9, "build-arg-differs", "ARG V"
        elif kind == "env":
            lines[2], step, code, word = "ENV E=%d" % n, 3, "command-differs", "E=%d" % n
        elif kind == "run":
            lines[8], step, code, word = "RUN echo run%d $V" % n, 9, "command-differs", "run%d" % n
        elif kind == "label":
            lines[6], step, code, word = "LABEL l=%d" % n, 7, "command-differs", "l=%d" % n
        elif kind == "dest":
            lines[4], step, code, word = "COPY f1 /one/g%d" % n, 5, "destination-differs", "/one/g%d" % n
        elif kind == "chown":
            lines[5], step, code, word = "COPY --chown=%d d /two/" % n, 6, "destination-differs", "%d" % n
        elif kind == "workdir":
            lines[3], step, code, word = "WORKDIR /w%d" % n, 4, "command-differs", "/w%d" % n
        elif kind == "cmd":
            lines[9], step, code, word = 'CMD ["c%d"]' % n, 10, "command-differs", "c%d" % n
        elif kind == "insert":
            at = r.randint(2, 10)
            lines.insert(at, "RUN echo inserted%d" % n)
            step, code, word = at + 1, "never-built" if at == 10 else "steps-moved", "" if at == 10 else "which is step %d now" % (at + 2)
        elif kind == "drop":
            del lines[6]
            step, code, word = 7, "command-differs", "COPY"
        elif kind == "base":
            self.do("tag", "reasons:other", "reasons:base")
            self.moved = True
            step, code, word = 2, "base-differs", "base"
        elif kind == "comment":
            lines.insert(r.randint(0, 10), "# comment %d" % n)
        elif kind == "case":
            at = r.randint(0, 9)
            first, _, rest = lines[at].partition(" ")
            lines[at] = first.lower() + "   " + rest
        else:
            os.utime(self.case.path(r.choice(self.regular())), (1e9, 1e9 + n))
        self.save(lines)
        return flags, step, code, word

    # ---- what the plan says ----------------------------------------------
    def wrong_files(self, steps, edits):
        said = {}
        first = next((s for s in steps if s["verdict"] == "miss"), None)
        if not first:
            return "nothing misses"
        if first["why"] != "sources-differ":
            return "step %d: %s" % (first["n"], first["why"])
        # The step that misses first tells of the files that it reads.
        scope = {5: "f1", 6: "d/", 8: ""}[first["n"]]
        for e in first["evidence"]:
            if e["kind"] == "file":
                said[e["path"]] = (e["op"], e.get("what"))
        inside = {n: v for n, v in edits.items() if n == scope or (scope != "f1" and n.startswith(scope))}
        if set(said) != set(inside):
            return "changed %s, told %s" % (sorted(inside), sorted(said))
        for name, (op, what) in inside.items():
            if op and said[name] != (op, what):
                return "%s: %s told as %s" % (name, (op, what), said[name])
        layer = any("from layer" in e.get("what", "") for e in first["evidence"])
        if layer == self.args.own:
            return "from layer: %s" % layer
        for name, (op, _) in said.items():
            if op == "+":
                os.unlink(self.case.path(name))
            else:
                if os.path.lexists(self.case.path(name)):
                    os.unlink(self.case.path(name))
                shutil.copy2(os.path.join(self.clean, name), self.case.path(name), follow_symlinks=False)
        again = self.plan()[first["n"] - 1]
        return None if again["verdict"] == "hit" else "taken back, but still %s: %s" % (again["verdict"], again["note"])

    def wrong_line(self, steps, step, code, word):
        first = next((s for s in steps if s["verdict"] == "miss"), None)
        if not step:
            return None if not first else "a touched file: step %d misses" % first["n"]
        if not first or (first["n"], first["why"]) != (step, code):
            return "wanted step %d %s, got %s" % (step, code, first and (first["n"], first["why"]))
        if word and word not in json.dumps([first["note"], first["evidence"]]).replace('\\"', '"'):
            return "%s is not named" % word
        return None

    def run(self):
        self.bases()
        self.build()
        bad = done = 0
        missed = [s for s in self.plan() if s["verdict"] != "hit"]
        if missed:
            sys.exit("not all hit: %s" % missed)
        for i in range(self.args.edits):
            self.restore()
            if self.r.random() < 0.5:
                what = self.edit_files()
                steps = self.plan()
                wrong = self.wrong_files(steps, what)
            else:
                what = self.edit_line()
                steps = self.plan(*what[0])
                wrong = self.wrong_line(steps, *what[1:])
            done += 1
            if wrong:
                bad += 1
                print("# edit %d: %s: %s" % (i, what, wrong))
        print("# %d edits, %d told wrongly" % (done, bad))
        return 1 if bad else 0


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--varve", required=True)
    p.add_argument("--work", required=True)
    p.add_argument("--root", required=True)
    p.add_argument("--edits", type=int, default=200)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--own", action="store_true")
    args = p.parse_args()
    os.umask(0o022)
    sys.exit(Bench(args).run())


if __name__ == "__main__":
    main()
