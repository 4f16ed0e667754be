#!/usr/bin/env python3
"""The images of a differential run, in a dockerd opened on the store that
varve wrote, beside their twins in the dockerd that built them.

  opened.py --pairs FILE --mine SOCKET --theirs SOCKET [--every N]

FILE holds a pair a line: docker's image ID, varve's. Of every Nth pair both
are run (user, directory, environment and root directory printed) and must say
the same with the same exit status; docker save of varve's must hold, for each
diff ID of its config, a layer of that SHA-256. Exit status 1 if one does not.
"""
import argparse
import hashlib
import io
import json
import re
import subprocess
import sys
import tarfile

LOOK = "id; pwd; env | sort; ls -ln / | awk 'NR > 1 { print $1, $3, $4, $NF }'"
RUN = ["run", "--rm", "--network=none", "--hostname=h", "--entrypoint=/bin/sh"]


def docker(socket, *words):
    return subprocess.run(["/usr/bin/docker", "-H", "unix://" + socket, *words],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def ran(socket, image):
    p = docker(socket, *RUN, image, "-c", LOOK)
    said = (p.stdout + p.stderr).decode("utf8", "replace")
    said = re.sub(r"^time=.*\n", "", said, flags=re.M)  # by chance
    return p.returncode, re.sub(r"[0-9a-f]{64}|/\S*/merged", "X", said)


def saved_layers(socket, image):
    """Diff IDs that the config names, digests of what lies in the archive."""
    p = docker(socket, "save", image)
    if b"empty export" in p.stderr:  # docker saves no image without layers
        return [], []
    if p.returncode:
        raise ValueError(p.stderr.decode())
    with tarfile.open(fileobj=io.BytesIO(p.stdout)) as tar:
        (manifest,) = json.load(tar.extractfile("manifest.json"))
        config = json.load(tar.extractfile(manifest["Config"]))
        digests = ["sha256:" + hashlib.sha256(tar.extractfile(name).read()).hexdigest()
                   for name in manifest["Layers"]]
    return config["rootfs"].get("diff_ids") or [], digests


def check(args, theirs, mine):
    a, b = ran(args.theirs, theirs), ran(args.mine, mine)
    if a != b:
        return "run: docker's %r\n     varve's  %r" % (a, b)
    named, found = saved_layers(args.mine, mine)
    if named != found:
        return "save: the config names %s, the archive holds %s" % (named, found)
    return None


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--pairs", required=True)
    p.add_argument("--mine", required=True)
    p.add_argument("--theirs", required=True)
    p.add_argument("--every", type=int, default=1)
    args = p.parse_args()
    with open(args.pairs) as f:
        pairs = list(dict.fromkeys(tuple(line.split()) for line in f))[::args.every]
    bad = 0
    for theirs, mine in pairs:
        problem = check(args, theirs, mine)
        if problem:
            bad += 1
            print("# %s %s: %s" % (theirs, mine, problem))
    print("# %d images opened, %d with a disagreement" % (len(pairs), bad))
    sys.exit(1 if bad or not pairs else 0)


main()
