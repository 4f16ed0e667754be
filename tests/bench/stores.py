#!/usr/bin/env python3
"""Writes big stores to measure with, as a real daemon would have left them:

    stores.py images ROOT COUNT   images in chains of 20, some pulled
    stores.py files  ROOT COUNT   one image whose layers hold so many entries
"""
import hashlib
import json
import os
import random
import sys

CHAIN = 20       # images of a chain
PER_DIR = 100    # files of a directory


def sha(data):
    return hashlib.sha256(data).hexdigest()


class Store:
    def __init__(self, root):
        self.root = root
        self.over = os.path.join(root, "overlay2")
        self.image = os.path.join(root, "image", "overlay2")
        self.tags = {}
        for name in ("imagedb/content/sha256", "imagedb/metadata/sha256",
                     "layerdb/sha256", "distribution"):
            os.makedirs(os.path.join(self.image, name))
        os.makedirs(os.path.join(self.over, "l"))
        self.links = {}

    def put(self, where, name, text):
        with open(os.path.join(where, name), "w") as out:
            out.write(text)

    def layer(self, below, seed, size=1000, fill=None):
        """below: chain ID or None; returns (diff ID, chain ID)."""
        diff = "sha256:" + sha(b"diff" + seed.encode())
        chain = diff if not below else \
            "sha256:" + sha((below + " " + diff).encode())
        cache = sha(b"cache" + chain.encode())
        link = sha(b"link" + chain.encode())[:26].upper()
        dir_ = os.path.join(self.over, cache)
        os.makedirs(os.path.join(dir_, "diff"))
        self.put(dir_, "link", link)
        self.put(dir_, "committed", "")
        os.symlink("../%s/diff" % cache, os.path.join(self.over, "l", link))
        lower = self.links[below] if below else []
        if lower:
            self.put(dir_, "lower", ":".join("l/" + x for x in lower))
        self.links[chain] = [link] + lower
        if fill:
            fill(os.path.join(dir_, "diff"))
        db = os.path.join(self.image, "layerdb/sha256", chain[7:])
        os.makedirs(db)
        self.put(db, "cache-id", cache)
        self.put(db, "diff", diff)
        self.put(db, "size", str(size))
        if below:
            self.put(db, "parent", below)
        return diff, chain

    def config(self, diffs, history, parent, cmd, when):
        run = {"Hostname": "", "Domainname": "", "User": "",
               "AttachStdin": False, "AttachStdout": False,
               "AttachStderr": False, "Tty": False, "OpenStdin": False,
               "StdinOnce": False,
               "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:"
                       "/usr/bin:/sbin:/bin", "LANG=C.UTF-8"],
               "Cmd": ["/bin/sh", "-c", cmd], "Image": parent or "",
               "Volumes": None, "WorkingDir": "/srv", "Entrypoint": None,
               "OnBuild": None, "Labels": {"maintainer": "somebody"}}
        text = json.dumps({
            "architecture": "amd64", "config": run, "container_config": run,
            "created": when, "docker_version": "20.10.24",
            "history": history, "os": "linux",
            "rootfs": {"type": "layers", "diff_ids": diffs}},
            separators=(",", ":"))
        id_ = sha(text.encode())
        self.put(os.path.join(self.image, "imagedb/content/sha256"), id_,
                 text)
        if parent:
            meta = os.path.join(self.image, "imagedb/metadata/sha256", id_)
            os.makedirs(meta)
            self.put(meta, "parent", parent)
        return "sha256:" + id_

    def tag(self, repo, tag, id_):
        self.tags.setdefault(repo, {})["%s:%s" % (repo, tag)] = id_

    def close(self):
        self.put(self.image, "repositories.json",
                 json.dumps({"Repositories": self.tags}))


def moment(n):
    return "2026-%02d-%02dT%02d:%02d:%02dZ" % (
        n // 2419200 % 12 + 1, n // 86400 % 28 + 1, n // 3600 % 24,
        n // 60 % 60, n % 60)


def images(store, count):
    rng = random.Random(1)
    base = store.layer(None, "base", 5000000)
    when = {"created": moment(0), "created_by": "/bin/sh -c #(nop) ADD "
            "file:%s in / " % sha(b"base")}
    bases = [store.config([base[0]], [when], None, "base", moment(0))]
    store.tag("base", "latest", bases[0])
    n, chain = 1, 0
    while n < count:
        chain += 1
        pulled = chain % 5 == 4   # no parent links, only the last one there
        diffs, top, history, parent = [base[0]], base[1], [when], bases[0]
        length = min(CHAIN, count - n) if not pulled else CHAIN
        for step in range(length):
            words = "/bin/sh -c apt-get install -y package-%d-%d" % (
                chain, step)
            empty = step % 4 != 0
            entry = {"created": moment(n * 7 + step), "created_by": words}
            if empty:
                entry["empty_layer"] = True
            else:
                diff, top = store.layer(top, "%d-%d" % (chain, step),
                                        rng.randrange(100, 10000000))
                diffs = diffs + [diff]
            history = history + [entry]
            if pulled and step < length - 1:
                continue
            parent = store.config(diffs, history, None if pulled else parent,
                                  words, moment(n * 7 + step))
            n += 1
        if chain % 3 != 2:
            store.tag("team%d/app%d" % (chain % 17, chain), "1.%d" % chain,
                      parent)


def fill_tree(top, count, start, text):
    made = 0
    while made < count:
        n = start + made
        dir_ = os.path.join(top, "usr/lib/pkg%03d" % (n // 40000),
                            "module%05d" % (n // PER_DIR))
        os.makedirs(dir_)
        made += 1
        for i in range(PER_DIR - 1):
            if made >= count:
                break
            with open(os.path.join(dir_, "source_file_%02d.py" % i),
                      "w") as out:
                out.write(text)
            made += 1


def files(store, count):
    """Most below, a tenth above, and some of that again."""
    few = count // 10
    diff1, chain1 = store.layer(None, "files-1", 1,
                                lambda d: fill_tree(d, count - few, 0, ""))
    diff2, chain2 = store.layer(chain1, "files-2", 1,
                                lambda d: fill_tree(d, few, count, "x"))
    diff3, _ = store.layer(chain2, "files-3", 1,
                           lambda d: fill_tree(d, few // 10, 0, "y"))
    history = [{"created": moment(i), "created_by": "/bin/sh -c step %d" % i}
               for i in range(3)]
    id_ = store.config([diff1, diff2, diff3], history, None, "step",
                       moment(3))
    store.tag("big", "latest", id_)


def main():
    what, root, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    store = Store(root)
    {"images": images, "files": files}[what](store, count)
    store.close()


main()
