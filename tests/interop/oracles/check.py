#!/usr/bin/env python3
"""Holds every layer and every config of a store against the oracles.

  check.py ROOT    exit status 0: all agree; else what does not, one a line

Each layer: its tar, put together from tar-split.json.gz and the files, has the
diff ID, the chain ID follows; the oracle splits that tar into the same
tar-split; and the tar that the oracle makes of the directory has the diff ID
too, but for what was imported (its headers are those of the tar that came) and
for a file named .wh.x that was copied (once registered it is a whiteout).
Each config: the oracle writes the same bytes, and they have the ID."""
import gzip
import hashlib
import json
import os
import re
import sys

import imgjson
import layertar
import tarsplit


def read(path):
    with open(path, "rb") as f:
        return f.read()


class Store:
    def __init__(self, root):
        self.root = root
        self.database = os.path.join(root, "image/overlay2/imagedb/content/sha256")
        self.layers = os.path.join(root, "image/overlay2/layerdb/sha256")
        self.imported, self.copied = set(), set()
        self.wrong = []

    def configs(self):
        names = os.listdir(self.database)
        for name in names:
            raw = read(os.path.join(self.database, name))
            config = json.loads(raw)
            made = imgjson.image(config).encode("utf8", "surrogatepass")
            if made != raw or hashlib.sha256(raw).hexdigest() != name:
                self.wrong.append("config %s: oracle %r, store %r" % (name[:12], made, raw))
            history = [h for h in config.get("history", []) if not h.get("empty_layer")]
            for h, diff_id in zip(history, config["rootfs"].get("diff_ids", [])):
                if h.get("comment", "").startswith("Imported"):
                    self.imported.add(diff_id)
                elif re.search(r"#\(nop\) (COPY|ADD) ", h.get("created_by", "")):
                    self.copied.add(diff_id)
        return len(names)

    def layer(self, chain):
        place = os.path.join(self.layers, chain)
        diff_id = read(place + "/diff").decode().strip()
        files = os.path.join(self.root, "overlay2", read(place + "/cache-id").decode().strip(), "diff")
        parts = []
        tarsplit.rebuild(place, [files], parts.append)
        tar = b"".join(parts)
        if "sha256:" + hashlib.sha256(tar).hexdigest() != diff_id:
            self.wrong.append("layer %s: tar-split gives another tar" % chain[:12])
        elif tarsplit.split(tar) != gzip.decompress(read(place + "/tar-split.json.gz")):
            self.wrong.append("layer %s: the oracle splits its tar in another way" % chain[:12])
        above = os.path.exists(place + "/parent") and read(place + "/parent").decode().strip()
        if (hashlib.sha256((above + " " + diff_id).encode()).hexdigest() if above else diff_id[7:]) != chain:
            self.wrong.append("layer %s: chain ID" % chain[:12])
        hides = diff_id in self.copied and b".wh." in tar
        if diff_id not in self.imported and not hides and layertar.diffid(files) != diff_id:
            self.wrong.append("layer %s: the oracle's tar of %s is another" % (chain[:12], files))

    def check(self):
        configs = self.configs()
        layers = [n for n in os.listdir(self.layers) if len(n) == 64]
        for chain in layers:
            self.layer(chain)
        for line in self.wrong:
            print(line)
        print("%d configs, %d layers, %d wrong" % (configs, len(layers), len(self.wrong)))
        return not self.wrong and configs and layers


if __name__ == "__main__":
    sys.exit(0 if Store(sys.argv[1]).check() else 1)
