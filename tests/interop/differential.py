#!/usr/bin/env python3
"""Random Dockerfiles and contexts, and random edits of them, through varve and
through a real dockerd 20.10: everything that both decide and make must agree.

  differential.py --varve PATH --work DIR --seeds 1-60 [--edits N] [--prune N]
                  [--pairs FILE]

For each seed: a context, a Dockerfile, then some edits. After each edit
  1. varve plan on dockerd's own root, and     verdict per step
     on varve's own                            verdict and created-by per step
  2. docker build (classic), varve build       console line by line (IDs masked),
     in a root of varve's own                  exit code, first error line
  3. final image of both                       config, history, layers: every
     entry's type, mode, owner, size, content, link, xattrs, time if it is not
     of the build; diff IDs of layers that do not hang on the clock
A disagreement prints the seed, the Dockerfile and both sides; exit status 1.
The IDs of the two final images of each build go to the file of --pairs.
Starts nothing: DOCKER_HOST must name a daemon whose root is DIR/docker/root.
"""
import argparse
import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import time

from cases import BASES, Case, MOVING


class DockerFault(Exception):
    pass


class Disagree(Exception):
    pass


def sh(*words, **kw):
    return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **kw)


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
    for line in re.sub("\x1b\\[\\d*m", "", text).splitlines():
        m = re.match(r"Step \d+/\d+ : (\S+)", line)
        if m:
            out.append("hit" if m.group(1).upper() == "FROM" else "miss")
        elif line == " ---> Using cache" and out:
            out[-1] = "hit"
    return out


class Docker:
    def __init__(self, root):
        self.root = root
        self.env = dict(os.environ, DOCKER_BUILDKIT="0", A="of the environment")

    def do(self, *words):
        p = sh("/usr/bin/docker", *words, env=self.env)
        if p.returncode:
            sys.exit(p.stderr.decode())
        return p.stdout.decode().strip()

    def build(self, context, flags):
        p = sh("/usr/bin/docker", "build", "--network=host", *flags, context, env=self.env)
        return p.returncode, p.stdout.decode("utf8", "replace"), p.stderr.decode("utf8", "replace")


class Varve:
    def __init__(self, varve, root):
        self.varve, self.root, self.pairs = varve, root, []
        self.env = dict(os.environ, A="of the environment")

    def do(self, *words):
        p = sh(self.varve, words[0], "--root", self.root, *words[1:], env=self.env)
        if p.returncode:
            sys.exit(p.stderr.decode())

    def build(self, context, flags):
        p = sh(self.varve, "build", "--root", self.root, *flags, context, env=self.env)
        return p.returncode, p.stdout.decode("utf8", "replace"), p.stderr.decode("utf8", "replace")

    def plan(self, root, context, flags):
        p = sh(self.varve, "plan", "--format", "json", "--show-args", "--network", "host", "--root", root, *flags, context, env=self.env)
        try:
            steps = json.loads(p.stdout)["steps"]
        except (ValueError, KeyError):
            steps = []
        return steps, p.stderr.decode("utf8", "replace")


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


OLD = 17 * 10**8  # times of the context are older, those of the build are not


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
            # What overlayfs notes for itself is no part of a layer.
            for x in sorted(os.listxattr(p, follow_symlinks=False)):
                if not x.startswith("trusted.overlay.") or x == "trusted.overlay.opaque":
                    item.append((x, os.getxattr(p, x, follow_symlinks=False).hex()))
            if st.st_mtime < OLD and not stat.S_ISCHR(st.st_mode):
                item.append(st.st_mtime_ns)
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


def made_by(config):
    return [h.get("created_by", "") for h in config.get("history", []) if not h.get("empty_layer")]


def without_chance(config, layers):
    """A Dockerfile from elsewhere: the client writes a random name into the
    .dockerignore that it sends, and so into the sum of what copies that."""
    text = json.dumps(clockless(config))
    for created_by, (_, path, _) in zip(made_by(config), layers):
        if any(name.endswith(".dockerignore") for name in describe(path)):
            for digits in re.findall("[0-9a-f]{64}", created_by):
                text = text.replace(digits, "X")
    return json.loads(text)


def compare_images(docker_root, varve_root, a, b, outside, problems):
    ca, la = layers_of(docker_root, a)
    cb, lb = layers_of(varve_root, b)
    ka, kb = (without_chance(*x) if outside else clockless(x[0]) for x in ((ca, la), (cb, lb)))
    for key in sorted(set(ka) | set(kb)):
        if ka.get(key) != kb.get(key):
            problems.append("config %s:\n  docker %s\n  varve  %s" % (key, json.dumps(ka.get(key)), json.dumps(kb.get(key))))
    if len(la) != len(lb):
        problems.append("docker has %d layers, varve %d" % (len(la), len(lb)))
    by = made_by(ca)
    for i, ((da, pa, sa), (db, pb, sb)) in enumerate(zip(la, lb)):
        what = by[i] if i < len(by) else "?"
        if da == db:
            continue
        ea, eb = describe(pa), describe(pb)
        for name in sorted(set(ea) | set(eb)):
            if name.endswith(".dockerignore") and outside:
                continue  # the client writes a random name into it
            if ea.get(name) != eb.get(name):
                problems.append("layer %d (%s) %s:\n  docker %s\n  varve  %s" % (i, what, name, ea.get(name), eb.get(name)))
        if sa != sb:
            problems.append("layer %d (%s): size docker %d varve %d" % (i, what, sa, sb))
        if re.search(r"(COPY|ADD) \S+ in / $", what) and not any(v[0][0] == "d" for v in ea.values()):
            problems.append("layer %d (%s): diff IDs differ though no clock is in it: %s %s" % (i, what, da, db))
    return ka


def compare_plan(steps, whose, want, problems):
    """What docker printed decides; a RUN that failed ends its list early, a
    LATE step may have become either."""
    steps = [s for s in steps if not s.get("trigger")]
    for i, verdict in enumerate(want):
        mine = steps[i]["verdict"] if i < len(steps) else "nothing"
        mine = {"none": "miss", "error": "miss"}.get(mine, mine)
        if i < len(steps) and re.match(r"(?i)\s*from\s+(--\S+\s+)?s\d", steps[i]["instruction"]):
            continue  # a stage that has to run: its FROM has no verdict in docker
        if mine not in (verdict, "late"):
            problems.append("plan on %s root, step %d: varve says %s, docker %s" % (whose, i + 1, mine, verdict))


def compare_created_by(steps, config, problems):
    """The steps of the last stage beside the end of the image's history."""
    steps = [s for s in steps if s["stage"] == steps[-1]["stage"] and s["verdict"] != "none"]
    mine = [s["created_by"] for s in steps if not re.match(r"(?i)\s*from\b", s["instruction"])]
    theirs = [h.get("created_by", "") for h in config.get("history", [])]
    for x, y in zip(reversed(theirs), reversed(mine)):
        if y and ":X in " in x:
            y = re.sub("[0-9a-f]{64}", "X", y)
        if y is not None and x != y:
            problems.append("created by:\n  docker %r\n  varve  %r" % (x, y))


def error_line(text):
    """The first line of an error, without IDs and places of the daemon."""
    line = mask((text.strip().splitlines() or [""])[0])
    line = re.sub(r"/\S*/(merged|diff|work|tmp)/?", "/", line)
    line = re.sub(r"open \S*/etc/(passwd|group)", r"open /etc/\1", line)
    line = re.sub(r"parse (\.dockerfile\.[0-9a-f]+|/\S*/outside-\d+):", "parse outside:", line)
    line = re.sub(r"\.pivot_root\d+", ".pivot_root", line)
    line = re.sub(r'(Get "https?://[^"]*"): .*', r"\1: no network", line)
    return line.replace("Error response from daemon: ", "")


def compare_text(d, v, outside, problems):
    (drc, dout, derr), (vrc, vout, verr) = d, v
    if drc != vrc:
        problems.append("exit code: docker %d, varve %d" % (drc, vrc))
    a, b = mask(dout).splitlines(), mask(vout).splitlines()
    for i in range(max(len(a), len(b))):
        x, y = (a[i] if i < len(a) else "(end)"), (b[i] if i < len(b) else "(end)")
        if x != y and not same_but_for_chance(x, y, outside):
            problems.append("console line %d:\n  docker %r\n  varve  %r" % (i + 1, x, y))
            break
    if error_line(derr) != error_line(verr):
        problems.append("error: docker %r, varve %r" % (derr[:300], verr[:300]))


def same_but_for_chance(x, y, outside):
    """Lines in which docker itself differs from one run to the next: the order
    of unused build-args is that of a map; how much of a context was counted,
    when the client weaves a Dockerfile from elsewhere in, is a race."""
    words = lambda t: sorted(re.sub(r"[\[\]]", " ", t).split())
    if x.startswith("[Warning] One or more build-args"):
        return words(x) == words(y)
    sent = "Sending build context to Docker daemon "
    return outside and x.startswith(sent) and y.startswith(sent)


def check(docker, varve, context, flags, problems, only_plan=False):
    steps, _ = varve.plan(docker.root, context, flags)
    own = varve.plan(varve.root, context, flags)[0] if not only_plan else []
    d = docker.build(context, flags)
    if "failed to get layer" in d[2] and "layer does not exist" in d[2]:
        # A fault of dockerd: a COPY that made an empty layer, and the next
        # COPY of the same build fails. varve builds it; from here on the two
        # stores differ, so the seed ends.
        raise DockerFault
    want = console_verdicts(d[1])
    compare_plan(steps, "docker's", want, problems)
    if only_plan:
        return d[1]
    compare_plan(own, "its own", want, problems)
    v = varve.build(context, flags)
    outside = any("outside" in f for f in flags)
    compare_text(d, v, outside, problems)
    if not d[0] and not v[0] and final_image(d[1]) and final_image(v[1]):
        a, b = full_id(docker.root, final_image(d[1])), full_id(varve.root, final_image(v[1]))
        config = compare_images(docker.root, varve.root, a, b, outside, problems)
        varve.pairs.append((a, b))
        for plan in (steps, own):
            compare_created_by(plan, config, problems)
    return d[1]


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


def commit_child(docker, stdout, lines, pick):
    """A container of an image that the build made, committed by hand: it is a
    candidate of the cache if it did what a RUN does."""
    ids = re.findall(r"^ ---> ([0-9a-f]{12})$", stdout, re.M)
    runs = [l[4:] for l in lines if l.startswith("RUN ") and "\n" not in l and l[4] != "["]
    if not ids or not runs:
        return
    name = docker.do("create", "--network=host", pick(ids), "/bin/sh", "-c", pick(runs))
    docker.do("commit", name)
    docker.do("rm", name)


class Seed:
    """One case, and where it stands on both sides."""

    def __init__(self, seed, docker, varve, work):
        self.seed, self.docker, self.varve = seed, docker, varve
        self.directory = os.path.join(work, "seed-%d" % seed)
        shutil.rmtree(self.directory, ignore_errors=True)
        self.case = Case(seed, self.directory)
        self.done, self.out = [], ""
        self.tagged = seed % 6 == 0
        self.moved = False

    def move(self, name):
        self.moved = True
        for side in (self.docker, self.varve):
            side.do("tag", name, MOVING)

    def turn(self, first):
        """True: go on; False: nothing more to compare. Raises Disagree."""
        kind, flags, deed = ("first", [], None) if first else self.case.edit()
        text = self.case.save()
        if MOVING in text and not self.moved:
            self.move("base:env")
        self.done.append(kind)
        only_plan = False
        if deed and deed[0] == "tag":
            self.move(deed[1])
        elif deed:
            only_plan = True
            commit_child(self.docker, self.out, sum(self.case.stages, []), self.case.r.choice)
        flags = flags + self.case.flags() + (["-t", "prev"] if self.tagged and not only_plan else [])
        problems = []
        self.out = check(self.docker, self.varve, self.directory, flags, problems, only_plan)
        if problems:
            raise Disagree("\n".join(["after %s (flags %s)" % (", ".join(self.done), " ".join(flags)), text] + problems))
        return not only_plan

    def run(self, edits):
        """True: the stores differ now."""
        for turn in range(edits + 1):
            differ = not self.turn(not turn)
            if differ:
                break
        shutil.rmtree(self.directory)
        return differ


def prune(*sides):
    for side in sides:
        if side.env.get("DOCKER_BUILDKIT"):
            # The container of a step that failed would keep its image.
            side.do("container", "prune", "-f")
            side.do("image", "prune", "-f")
        else:
            side.do("prune", "-f")


def run_seed(seed, docker, varve, work, edits):
    try:
        # What only docker has built must not be a hit for the next seed.
        if Seed(seed, docker, varve, work).run(edits):
            prune(docker, varve)
    except DockerFault:
        print("# seed %d left: dockerd could not build it" % seed)
        prune(docker, varve)
    except Disagree as e:
        print("# seed %d %s" % (seed, str(e).replace("\n", "\n#   ")))
        return False
    return True


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--varve", required=True)
    p.add_argument("--work", required=True)
    p.add_argument("--seeds", default="1-60")
    p.add_argument("--edits", type=int, default=4)
    p.add_argument("--prune", type=int, default=0, help="forget what nothing needs after so many seeds")
    p.add_argument("--docker-root")
    p.add_argument("--pairs", help="write the IDs of final images, docker's and varve's, here")
    args = p.parse_args()
    seeds = []
    for part in args.seeds.split(","):
        low, _, high = part.partition("-")
        seeds += range(int(low), int(high or low) + 1)
    os.umask(0o022)
    docker = Docker(args.docker_root or args.work + "/docker/root")
    varve = Varve(args.varve, args.work + "/varve")
    make_bases(docker, varve, args.work)
    bad, start = [], time.monotonic()
    for n, seed in enumerate(seeds, 1):
        if not run_seed(seed, docker, varve, args.work, args.edits):
            bad.append(seed)
        if args.prune and n % args.prune == 0:
            prune(docker, varve)
            print("# %d of %d seeds in %d s, %d bad" % (n, len(seeds), time.monotonic() - start, len(bad)))
        sys.stdout.flush()
    if args.pairs:
        with open(args.pairs, "w") as f:
            f.writelines("%s %s\n" % (a, b) for a, b in varve.pairs
                         if full_id(docker.root, a) and full_id(varve.root, b))
    print("# %d seeds, %d with a disagreement%s" % (len(seeds), len(bad), ": " + " ".join(map(str, bad)) if bad else ""))
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
