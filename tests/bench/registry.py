#!/usr/bin/env python3
"""Side by side: pull and push of varve, docker and skopeo with one registry
on loopback, in one run. One table; medians, and the most memory resident.

skopeo copies to and from containers-storage, so that it, too, unpacks and
packs. Every push goes to an empty registry, every pull to an empty store.
Nothing here passes or fails.
"""
import argparse
import hashlib
import io
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tarfile
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
LETTERS = bytes(b"etaoin shrdlucmf"[i % 16] for i in range(256))


def run(argv, env=None, peak=False):
    """Seconds of a process, and KiB resident at most."""
    start = time.monotonic()
    child = subprocess.Popen(argv, env=env, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    most = [0]

    def watch():
        while child.poll() is None:
            try:
                with open("/proc/%d/status" % child.pid) as status:
                    marks = [int(line.split()[1]) for line in status
                             if line.startswith("VmHWM:")]
                most[0] = max(most + marks)
            except OSError:
                return
            time.sleep(0.02)

    if peak:
        threading.Thread(target=watch, daemon=True).start()
    said = child.communicate()[0]
    took = time.monotonic() - start
    if child.returncode:
        raise SystemExit("%s: %s" % (" ".join(argv[:4]), said.decode()[-400:]))
    return took, most[0]


def layer_tar(path, seed, size):
    """Files of which one half is noise and the other is text of noise."""
    with tarfile.open(path, "w") as tar:
        left, n = size, 0
        while left > 0:
            data = os.urandom(min(left, 1 << 20))
            if n % 2:
                data = data.translate(LETTERS)
            info = tarfile.TarInfo("d%d/f%d" % (seed, n))
            info.size, info.mtime = len(data), 1600000000
            tar.addfile(info, io.BytesIO(data))
            left, n = left - len(data), n + 1


def make_image(path, layers, size):
    """A docker-archive of so many layers of so many bytes."""
    diff_ids = []
    with tarfile.open(path, "w") as out:
        for i in range(layers):
            part = path + ".layer"
            layer_tar(part, i, size)
            with open(part, "rb") as data:
                diff_ids.append("sha256:" + hashlib.file_digest(
                    data, "sha256").hexdigest())
            out.add(part, "l%d.tar" % i)
            os.unlink(part)
        config = json.dumps({
            "architecture": "amd64", "os": "linux", "config": {},
            "created": "2020-01-01T00:00:00Z",
            "rootfs": {"type": "layers", "diff_ids": diff_ids},
            "history": [{"created": "2020-01-01T00:00:00Z",
                         "created_by": "layer %d" % i}
                        for i in range(layers)]}).encode()
        manifest = json.dumps([{
            "Config": "c.json", "RepoTags": ["bench:1"],
            "Layers": ["l%d.tar" % i for i in range(layers)]}]).encode()
        for name, data in (("c.json", config), ("manifest.json", manifest)):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            out.addfile(info, io.BytesIO(data))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Registry:
    def __init__(self, dir_):
        os.makedirs(dir_)
        self.dir, self.port = dir_, free_port()
        self.host = "127.0.0.1:%d" % self.port
        with open(dir_ + "/config.yml", "w") as out:
            out.write("version: 0.1\nlog: {accesslog: {disabled: true}, "
                      "level: error}\nstorage: {filesystem: {rootdirectory: "
                      "%s/data}}\nhttp: {addr: \"%s\"}\n" % (dir_, self.host))
        self.start()

    def start(self):
        self.child = subprocess.Popen(
            ["docker-registry", "serve", self.dir + "/config.yml"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                time.sleep(0.05)
        raise SystemExit("docker-registry does not start")

    def stop(self):
        self.child.terminate()
        self.child.wait()

    def empty(self):
        self.stop()
        shutil.rmtree(self.dir + "/data", ignore_errors=True)
        self.start()


class Varve:
    name = "varve"

    def __init__(self, dir_, program):
        self.program = program
        self.root = dir_ + "/varve"
        self.env = dict(os.environ, VARVE_ROOT=self.root)

    def clear(self):
        shutil.rmtree(self.root, ignore_errors=True)

    def pull(self, ref):
        return run([self.program, "pull", "-q", ref], self.env, True)

    def push(self, ref, to):
        run([self.program, "tag", ref, to], self.env)
        # What it remembers of other pushes is not known to this registry.
        return run([self.program, "push", "-q", to], self.env, True)

    def stop(self):
        self.clear()


class Docker:
    name = "docker"

    def __init__(self, dir_):
        self.dir = dir_ + "/dockerd"
        os.makedirs(self.dir)
        host = "unix://%s/sock" % self.dir
        self.env = dict(os.environ, DOCKER_HOST=host)
        self.child = subprocess.Popen(
            ["/usr/sbin/dockerd", "--data-root", self.dir + "/root",
             "--exec-root", self.dir + "/exec", "-H", host, "--pidfile",
             self.dir + "/pid", "--iptables=false", "--bridge=none",
             "--storage-driver", "overlay2"],
            stdout=open(self.dir + "/log", "wb"), stderr=subprocess.STDOUT)
        for _ in range(300):
            if subprocess.run(["/usr/bin/docker", "version"], env=self.env,
                              stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL).returncode == 0:
                return
            time.sleep(0.1)
        raise SystemExit("dockerd does not start")

    def clear(self):
        subprocess.run(["/bin/sh", "-c", "/usr/bin/docker rmi -f "
                        "$(/usr/bin/docker images -aq)"], env=self.env,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def pull(self, ref):
        return run(["/usr/bin/docker", "pull", "-q", ref], self.env)

    def push(self, ref, to):
        run(["/usr/bin/docker", "tag", ref, to], self.env)
        return run(["/usr/bin/docker", "push", "-q", to], self.env)

    def stop(self):
        self.child.terminate()
        self.child.wait()
        for path in ("/exec/netns/default", "/root"):
            subprocess.run(["umount", self.dir + path],
                           stderr=subprocess.DEVNULL)


class Skopeo:
    name = "skopeo"

    def __init__(self, dir_):
        self.dir = dir_ + "/skopeo"
        self.words = ["skopeo", "--insecure-policy", "copy", "-q",
                      "--src-tls-verify=false", "--dest-tls-verify=false"]
        self.store = "containers-storage:[overlay@%s/root+%s/run]" % (
            self.dir, self.dir)

    def clear(self):
        subprocess.run(["umount", self.dir + "/root/overlay"],
                       stderr=subprocess.DEVNULL)
        shutil.rmtree(self.dir, ignore_errors=True)

    def pull(self, ref):
        return run(self.words + ["docker://" + ref, self.store + ref], None,
                   True)

    def push(self, ref, to):
        return run(self.words + [self.store + ref, "docker://" + to], None,
                   True)

    def stop(self):
        self.clear()


def measure(tools, registry, archive, runs):
    """{(what, tool): ([seconds], KiB)}."""
    found = {}
    ref, to = registry.host + "/bench/app:1", registry.host + "/other/app:1"
    for turn in range(runs):
        for tool in tools:
            registry.empty()
            run(["skopeo", "--insecure-policy", "copy", "-q",
                 "--dest-tls-verify=false", "docker-archive:" + archive,
                 "docker://" + ref])
            tool.clear()
            os.sync()
            for what in ("pull", "push"):
                if what == "push":
                    registry.empty()
                    os.sync()
                took, peak = tool.pull(ref) if what == "pull" else \
                    tool.push(ref, to)
                print("# %d %s %s: %.2f s" % (turn, what, tool.name, took),
                      file=sys.stderr)
                times, most = found.setdefault((what, tool.name), ([], [0]))
                times.append(took)
                most.append(peak)
            tool.clear()
    return found


def show(title, found, tools):
    for what in ("pull", "push"):
        row = {t.name: statistics.median(found[what, t.name][0])
               for t in tools}
        cells = ["%s %.2f s%s" % (name, row[name], " (%.0f MiB)" % (
            max(found[what, name][1]) / 1024)
            if max(found[what, name][1]) else "") for name in row]
        peers = [row[n] for n in row if n != "varve"]
        if peers and "varve" in row:
            cells.append("x peer %.2f" % (min(peers) / row["varve"]))
        print("%-28s %s" % (what + ", " + title, "   ".join(cells)))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--varve", default=os.path.join(TOP, "build/varve"))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1)
    parser.add_argument("--tools", default="varve,docker,skopeo")
    parser.add_argument("--only", default="big,many")
    parser.add_argument("--dir")
    args = parser.parse_args()
    dir_ = tempfile.mkdtemp(prefix="varve-registry-", dir=args.dir)
    tools, registry = [], Registry(dir_ + "/registry")
    try:
        makers = {"varve": lambda: Varve(dir_, os.path.abspath(args.varve)),
                  "docker": lambda: Docker(dir_),
                  "skopeo": lambda: Skopeo(dir_)}
        tools = [makers[name]() for name in args.tools.split(",")]
        for key, title, layers, size in (
                ("big", "1 GiB in 10 layers", 10, (1 << 30) // 10),
                ("many", "100 layers of 100 kB", 100, 100000)):
            if key not in args.only:
                continue
            archive = dir_ + "/image.tar"
            make_image(archive, layers, int(size * args.scale))
            show(title, measure(tools, registry, archive, args.runs), tools)
    finally:
        registry.stop()
        for tool in tools:
            tool.stop()
        shutil.rmtree(dir_, ignore_errors=True)


main()
