#!/usr/bin/env python3
"""Writes a docker-archive to standard output whose layers have what layers of
people seldom have: pax and GNU names, global headers, extended attributes,
devices, names that are not UTF-8, owners beyond two millions, times before
1970, whiteouts of files, directories and all below, padding, nothing at all.
With "local" as only word there is no global header: umoci knows none.
"""
import hashlib
import io
import json
import os
import sys
import tarfile

DIR, LINK, SYMLINK = tarfile.DIRTYPE, tarfile.LNKTYPE, tarfile.SYMTYPE
CHAR, BLOCK, FIFO = tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE
CAPABILITY = "\1\0\0\2\0\x20" + "\0" * 14


class Layer:
    def __init__(self, kind, **more):
        self.bytes = io.BytesIO()
        self.tar = tarfile.open(fileobj=self.bytes, mode="w", format=kind,
                                **more)

    def add(self, name, data=b"", **fields):
        info = tarfile.TarInfo(name)
        info.size, info.mtime = len(data), fields.pop("mtime", 1600000000)
        for key, value in fields.items():
            setattr(info, key, value)
        self.tar.addfile(info, io.BytesIO(data))

    def end(self, padding=b""):
        self.tar.close()
        return self.bytes.getvalue() + padding


def pax_layer():
    known = {} if sys.argv[1:] == ["local"] else {"comment": "global"}
    layer = Layer(tarfile.PAX_FORMAT, pax_headers=known)
    layer.add("./", type=DIR, mode=0o755)
    layer.add("bin/", type=DIR, mode=0o755)
    with open("/bin/busybox", "rb") as program:
        layer.add("bin/busybox", program.read(), mode=0o755)
    layer.add("bin/sh", type=SYMLINK, linkname="busybox")
    layer.add("etc/", type=DIR, mode=0o755)
    layer.add("etc/passwd", b"root:x:0:0::/:/bin/sh\n", mode=0o644)
    layer.add("etc/suid", b"x" * 600, mode=0o4755)
    layer.add("etc/sticky/", type=DIR, mode=0o1777)
    layer.add("etc/empty")
    layer.add("etc/hard", type=LINK, linkname="etc/passwd")
    layer.add("etc/absolute", type=SYMLINK, linkname="/etc/passwd")
    layer.add("dev/null", type=CHAR, devmajor=1, devminor=3, mode=0o666)
    layer.add("dev/block", type=BLOCK, devmajor=8, devminor=1, mode=0o660)
    layer.add("dev/fifo", type=FIFO, mode=0o600)
    layer.add("utf8-\u00e9-\u65e5", b"u", mtime=1600000000.25)
    layer.add("a<b>&c\u2028d\"q\\z\ttab\x01ctl", b"e")
    layer.add("big-owner", b"b", uid=3000000, gid=4000000, uname="nobody")
    layer.add("attributes", b"x", pax_headers={
        "SCHILY.xattr.user.foo": "bar",
        "SCHILY.xattr.security.capability": CAPABILITY})
    layer.add("/".join(("x" * 90, "y" * 90, "z" * 120)), b"long")
    layer.add("old", b"1", mtime=-5)
    layer.add("deleted", b"d")
    layer.add("dir/", type=DIR, mode=0o750)
    layer.add("dir/a", b"a")
    layer.add("dir/b", b"bb")
    return layer.end(b"\0" * 20480)


def gnu_layer():
    layer = Layer(tarfile.GNU_FORMAT)
    layer.add(".wh.deleted")
    layer.add("dir/", type=DIR, mode=0o711, mtime=1500000000)
    layer.add("dir/.wh..wh..opq")
    layer.add("dir/c", b"ccc")
    layer.add("n" * 120, b"gnu")
    layer.add("etc/.wh.sticky")
    layer.add(os.fsdecode(b"latin-\xe9\xff"), b"not UTF-8")
    return layer.end()


def main():
    layers = [pax_layer(), gnu_layer(), b"\0" * 1024]
    created = "2020-01-01T00:00:00Z"
    config = json.dumps({
        "architecture": "amd64", "os": "linux", "created": created,
        "config": {"Cmd": ["/bin/sh"]},
        "rootfs": {"type": "layers", "diff_ids": [
            "sha256:" + hashlib.sha256(layer).hexdigest()
            for layer in layers]},
        "history": [{"created": created, "created_by": "layer %d" % i}
                    for i in range(len(layers))]}).encode()
    out = Layer(tarfile.PAX_FORMAT)
    out.add("config.json", config)
    for i, layer in enumerate(layers):
        out.add("%d.tar" % i, layer)
    out.add("manifest.json", json.dumps([{
        "Config": "config.json", "RepoTags": ["odd:1"],
        "Layers": ["%d.tar" % i for i in range(len(layers))]}]).encode())
    sys.stdout.buffer.write(out.end())


main()
