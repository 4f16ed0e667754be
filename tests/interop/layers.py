#!/usr/bin/env python3
"""The entries of each layer of a docker-archive on standard input, as text.

Times of the last two hours read "now", so that two builds compare.
"""
import io
import json
import sys
import tarfile
import time

RECENT = time.time() - 7200


def when(entry):
    return "now" if entry.mtime > RECENT else str(int(entry.mtime))


def layer_bytes(archive, name):
    member = archive.getmember(name)
    if member.issym():
        member = archive.getmember(member.linkname[3:])
    return archive.extractfile(member).read()


def main():
    data = sys.stdin.buffer.read()
    archive = tarfile.open(fileobj=io.BytesIO(data))
    image = json.load(archive.extractfile("manifest.json"))[0]
    config = json.load(archive.extractfile(image["Config"]))
    steps = [h for h in config["history"] if not h.get("empty_layer")]
    for step, name in zip(steps, image["Layers"]):
        print("#", step.get("created_by", step.get("comment")))
        layer = tarfile.open(fileobj=io.BytesIO(layer_bytes(archive, name)))
        for e in layer:
            xattrs = {k: v for k, v in e.pax_headers.items()
                      if k.startswith("SCHILY")}
            print("   ", e.type.decode(), oct(e.mode), e.uid, e.gid, e.uname,
                  e.size, when(e), repr(e.name), e.linkname,
                  e.devmajor, e.devminor, xattrs or "")


main()
