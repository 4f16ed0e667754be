#!/usr/bin/env python3
"""bzip2_cut.py DIR: tar archives in bzip2, cut where a block's last bits are
missing, as DIR/SIZE-SEED-CUT. The cases are the same each time."""
import bz2
import io
import os
import random
import sys
import tarfile

# The end mark is 10 bytes, and up to 7 bits more. In the last case of each
# size zeros in place of the missing bits complete the block.
CASES = (  # bytes, level, seed, bytes cut
    (5000, 9, 1, 10), (5000, 9, 1, 11), (5000, 9, 416, 11),
    (60000, 9, 1, 10), (60000, 9, 1, 11), (60000, 9, 323, 11),
    (150000, 1, 1, 10), (150000, 1, 1, 11), (150000, 1, 685, 11),
)


def packed(size, level, seed):
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as tar:
        info = tarfile.TarInfo("f")
        info.size = size
        tar.addfile(info, io.BytesIO(random.Random(seed).randbytes(size)))
    return bz2.compress(plain.getvalue(), level)


def main(directory):
    os.mkdir(directory)
    for size, level, seed, cut in CASES:
        with open(os.path.join(directory, f"{size}-{seed}-{cut}"), "wb") as file:
            file.write(packed(size, level, seed)[:-cut])


main(sys.argv[1])
