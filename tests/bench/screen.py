#!/usr/bin/env python3
"""How fast the screen is, beside other programs of a terminal:

    screen.py [--varve PATH] [--keys N] [--images ROOT] [--files ROOT]

Each program runs in a pty of 80x24 (tig, ncdu, nnn, htop: those that are
installed). One table: when its first bytes come and when the screen stands
still; from a key to the last byte that it brings, median, p99 and worst; the
bytes of such a move. --images and --files name stores as stores.py writes
them: when their images, and the files of the image big:latest, are there.
"""
import argparse
import fcntl
import os
import pty
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

QUIET = 0.02   # s without a byte: the screen stands still after a key
STILL = 0.3    # the same at the start
MOST = 60.0    # s: whoever takes longer has failed
HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))


class Screen:
    """A program in a pty."""

    def __init__(self, argv, cwd, env):
        self.start = time.monotonic()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(cwd)
            size = struct.pack("HHHH", 24, 80, 0, 0)
            fcntl.ioctl(0, termios.TIOCSWINSZ, size)
            os.execvpe(argv[0], argv, env)
        self.bytes = b""

    def read(self, timeout):
        """The next bytes, or b'' after so many seconds or at the end."""
        if not select.select([self.fd], [], [], timeout)[0]:
            return b""
        try:
            got = os.read(self.fd, 65536)
        except OSError:
            return b""
        self.bytes += got
        return got

    def until_still(self, quiet, most):
        """(first, last byte: s from now on; how many), or None, None, 0."""
        since, first, last, count = time.monotonic(), None, None, 0
        while time.monotonic() - since < most:
            got = self.read(most if first is None else quiet)
            if not got:
                break
            last = time.monotonic() - since
            first = last if first is None else first
            count += len(got)
        return first, last, count

    def until(self, word):
        """s from its start until it has written the word."""
        while word not in self.bytes:
            if time.monotonic() - self.start > MOST or not self.read(MOST):
                return None
        return time.monotonic() - self.start

    def press(self, key):
        os.write(self.fd, key)

    def peak(self):
        """MiB, of the program and of those it has started; dead ones not."""
        most = 0
        tasks = "/proc/%d/task/%d/children" % (self.pid, self.pid)
        with open(tasks) as children:
            pids = [str(self.pid)] + children.read().split()
        for pid in pids:
            try:
                with open("/proc/%s/status" % pid) as status:
                    most += sum(int(line.split()[1]) for line in status
                                if line.startswith("VmHWM"))
            except OSError:
                pass
        return most / 1024

    def close(self):
        os.kill(self.pid, signal.SIGTERM)
        while self.read(1):
            pass
        os.close(self.fd)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def measure(argv, cwd, env, keys):
    screen = Screen(argv, cwd, env)
    first, still, _ = screen.until_still(STILL, MOST)
    times, sizes = [], []
    for i in range(keys):
        # Three down, three up: never at an end.
        screen.press(b"j" if i % 6 < 3 else b"k")
        _, last, count = screen.until_still(QUIET, 0.2)
        if last is not None:
            times.append(last)
            sizes.append(count)
    screen.close()
    return first, still, sorted(times), sorted(sizes)


def at(values, part):
    return values[min(len(values) - 1, int(len(values) * part))]


def line(name, first, still, times, sizes):
    if first is None or not times:
        print("%-8s did not draw" % name)
        return
    print("%-8s %8.1f %8.1f %8.2f %8.2f %8.2f %8d %8d %6d" % (
        name, first * 1e3, still * 1e3, at(times, .5) * 1e3,
        at(times, .99) * 1e3, times[-1] * 1e3, at(sizes, .5), sizes[-1],
        len(times)))


def git_history(work):
    """400 commits to scroll through."""
    repo = os.path.join(work, "repo")
    subprocess.run(["git", "init", "-q", repo], check=True)
    text = "".join(
        "commit refs/heads/main\ncommitter a <a@b> %d +0000\n"
        "data <<E\nchange %d\nE\nM 644 inline f\ndata <<E\n%d\nE\n\n" % (
            1600000000 + i, i, i) for i in range(400))
    subprocess.run(["git", "-C", repo, "fast-import", "--quiet"],
                   input=text.encode(), check=True)
    subprocess.run(["git", "-C", repo, "symbolic-ref", "HEAD",
                    "refs/heads/main"], check=True)
    return repo


def many_files(work):
    files = os.path.join(work, "files")
    os.mkdir(files)
    for i in range(400):
        with open(os.path.join(files, "file%03d" % i), "w") as out:
            out.write("x" * i)
    return files


def tutorial(varve, work):
    """A context whose build is in a store; the store."""
    context, root = os.path.join(work, "context"), os.path.join(work, "store")
    shutil.copytree(os.path.join(TOP, "data/tutorial"), context)
    base = os.path.join(work, "base.tar")
    with open(base, "wb") as out:
        subprocess.run(["sh", os.path.join(context, "base.sh")], stdout=out,
                       check=True)
    for args in (["import", "--root", root, base, "alpine:latest"],
                 ["build", "--root", root, "-t", "demo:1", context]):
        subprocess.run([varve] + args, stdout=subprocess.DEVNULL, check=True)
    return context, root


def table(args, work, env):
    context, root = tutorial(args.varve, work)
    files = many_files(work)
    programs = [("varve", [args.varve, "--root", root], context),
                ("tig", ["tig"], None),
                ("ncdu", ["ncdu", "-0", files], files),
                ("nnn", ["nnn", files], files), ("htop", ["htop"], work)]
    print("%-8s %8s %8s %8s %8s %8s %8s %8s %6s" % (
        "ms", "first", "still", "key p50", "p99", "worst", "bytes", "most",
        "keys"))
    for name, argv, cwd in programs:
        if not shutil.which(argv[0]):
            print("%-8s is not installed" % name)
            continue
        cwd = cwd or git_history(work)
        # Twice: what the first one finds cold is warm for all.
        measure(argv, cwd, env, 3)
        line(name, *measure(argv, cwd, env, args.keys))


def say(what, seconds, screen):
    if seconds is None:
        print("%s: never" % what)
    else:
        print("%s: %.0f ms, %.0f MiB at most" % (what, seconds * 1e3,
                                                 screen.peak()))


def many_images(args, context, env):
    """Keys in a tree of many images, once all of them are read."""
    screen = Screen([args.varve, "--root", args.images, "--fresh"], context,
                    env)
    screen.until(b"base:latest")
    screen.until_still(3, MOST)
    screen.press(b"\x1b[Z")
    screen.until_still(STILL, MOST)
    for name, keys in (("move", b"g" + b"jjjkkk" * 20), ("fold all", b"ZZ" * 10),
                       ("sort", b"ssss" * 3), ("filter", b"fpackage-77"),
                       ("filter less", b"\x7f" * 10), ("done", b"\r\x1b"),
                       ("search", b"/no such image")):
        times = []
        for key in keys:
            screen.press(bytes([key]))
            _, last, _ = screen.until_still(QUIET, 0.5)
            if last is not None:
                times.append(last)
        times.sort()
        if name != "done" and times:
            print("images: %-11s key p50 %6.2f ms, p99 %6.2f" % (
                name, at(times, .5) * 1e3, at(times, .99) * 1e3))
    screen.close()


def large(args, work, env):
    context = os.path.join(work, "context")
    if args.images:
        for turn in ("", "again "):
            screen = Screen([args.varve, "--root", args.images], context, env)
            screen.read(MOST)
            first = time.monotonic() - screen.start
            say("images: %sfirst paint" % turn, first, screen)
            say("images: %sthe tree" % turn, screen.until(b"base:latest"), screen)
            screen.close()
        many_images(args, context, env)
    for turn in ("", "again ") if args.files else ():
        with open(os.path.join(context, "Dockerfile"), "w") as out:
            out.write("FROM big:latest\n")
        screen = Screen([args.varve, "--root", args.files], context, env)
        screen.until(b"big:latest")
        screen.until_still(STILL, MOST)
        screen.start, screen.bytes = time.monotonic(), b""
        screen.press(b"L")
        say("files: %sthe image opens" % turn, screen.until(b"pkg0"), screen)
        screen.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--varve",
                        default=os.path.join(TOP, "build/varve"))
    parser.add_argument("--keys", type=int, default=300)
    parser.add_argument("--images", metavar="ROOT")
    parser.add_argument("--files", metavar="ROOT")
    args = parser.parse_args()
    args.varve = os.path.abspath(args.varve)
    with tempfile.TemporaryDirectory() as work:
        env = dict(os.environ, TERM="xterm-256color", LC_ALL="C.UTF-8",
                   HOME=work, XDG_CACHE_HOME=os.path.join(work, "cache"),
                   https_proxy="http://127.0.0.1:1")
        for name in ("NO_COLOR", "TMUX", "VARVE_ROOT", "XDG_CONFIG_HOME",
                     "XDG_STATE_HOME"):
            env.pop(name, None)
        table(args, work, env)
        large(args, work, env)


if __name__ == "__main__":
    sys.exit(main())
