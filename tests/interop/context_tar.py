#!/usr/bin/env python3
"""What the real docker client sends, beside what varve context tells.

usage: context_tar.py VARVE DOCKER VECTORS WORKDIR; TAP on standard output.
A server on a socket of its own plays the daemon: it answers the ping and the
build, and keeps the tar. Compared are the names and the length of the tar.
"""
import gzip, http.server, io, json, os, shutil, socketserver, subprocess
import sys, tarfile, threading

varve, docker, vectors, work = sys.argv[1:5]
received = []


class Daemon(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def address_string(self):
        return "client"

    def body(self):
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while True:
            size = int(self.rfile.readline().split(b";")[0], 16)
            parts.append(self.rfile.read(size))
            self.rfile.readline()
            if not size:
                return b"".join(parts)

    def answer(self, text=b""):
        self.send_response(200)
        for key, value in (("Api-Version", "1.41"), ("Ostype", "linux"),
                           ("Builder-Version", "1"), ("Content-Type", "application/json"),
                           ("Content-Length", str(len(text)))):
            self.send_header(key, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    def do_HEAD(self):
        self.answer()

    def do_GET(self):
        self.answer(b"OK" if "_ping" in self.path else b"{}")

    def do_POST(self):
        data = self.body()
        if "/build" in self.path and "cancel" not in self.path:
            received.append(data)
        self.answer(b'{"stream":"done"}\n')


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True

    def get_request(self):
        request, _ = super().get_request()
        return request, ("client", 0)


def sent(context):
    """Names in the client's tar and its length, or the client's error."""
    received.clear()
    done = subprocess.run([docker, "-H", "unix://" + work + "/sock", "build", context],
                          env=dict(os.environ, DOCKER_BUILDKIT="0", HOME=work,
                                   DOCKER_CONFIG=work + "/config"),
                          capture_output=True, text=True, timeout=60)
    if not received:
        return None, done.stderr.strip().split("\n")[-1]
    data = received[-1]
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        return sorted(m.name.rstrip("/") for m in tar), len(data)


def told(context):
    done = subprocess.run([varve, "context", "--root", work + "/store", "--format", "json",
                           context], capture_output=True, text=True, timeout=60,
                          env=dict(os.environ, XDG_CACHE_HOME=work + "/cache"))
    if done.returncode:
        return None, done.stderr.strip().split("\n")[-1].removeprefix("varve: ")
    data = json.loads(done.stdout)
    names = sorted(e["path"] for e in data["entries"] if e["state"] in ("in", "hidden"))
    everything = {e["path"] for e in data["entries"]}
    for entry in data["entries"]:
        if entry["state"] == "out" and not entry["line"] and entry["type"] != "other":
            return None, "out without a line: " + entry["path"]
    return (names, data["summary"]["tar_bytes"]) if everything else (names, 0)


def make(context, files):
    for name in files:
        path = os.path.join(context, name)
        os.makedirs(path if name.endswith("/") else os.path.dirname(path) or ".", exist_ok=True)
        if not name.endswith("/"):
            with open(path, "w") as f:
                f.write("FROM scratch\nCOPY . /\n" if name == "Dockerfile" else name * 40)


number = 0


def check(context, what):
    global number
    number += 1
    client, ours = sent(context), told(context)
    good = client == ours
    print("%sok %d - %s" % ("" if good else "not ", number, what))
    if not good:
        print("# client %r\n# varve  %r" % (client, ours))
    return good


REAL = {
    "node": ("node_modules\nnpm-debug.log*\n.git\n.gitignore\n.env*\n!.env.example\ncoverage\n"
             "dist\n**/*.test.js\n*.md\n!README.md\nDockerfile*\n.dockerignore\n",
             ["package.json", "package-lock.json", "node_modules/a/index.js", "src/index.js",
              "src/index.test.js", "src/lib/a.test.js", ".env", ".env.example", ".env.local",
              "README.md", "CHANGES.md", "docs/x.md", "dist/app.js", ".git/HEAD",
              ".git/objects/ab/cd", "npm-debug.log.1", "coverage/lcov.info", ".gitignore"]),
    "go": ("# everything but what the build needs\n*\n!cmd/\n!internal/**\n!go.mod\n!go.sum\n"
           "**/*_test.go\n/internal/testdata\n",
           ["go.mod", "go.sum", "cmd/app/main.go", "cmd/app/main_test.go", "internal/a/a.go",
            "internal/a/a_test.go", "internal/testdata/big.bin", "vendor/x/y.go", "Makefile",
            "bin/app"]),
    "python": ("**/__pycache__\n**/*.py[cod]\n.venv/\nvenv\n*.egg-info\n.pytest_cache/\n"
               ".mypy_cache/\n.tox\nbuild/\ndist/\ntests/\n!tests/fixtures\n.idea\n.vscode\n"
               "**/.DS_Store\n",
               ["setup.py", "app/__init__.py", "app/__pycache__/a.cpython-39.pyc", "app/x.pyo",
                ".venv/bin/python", "tests/test_a.py", "tests/fixtures/a.json", "a.egg-info/PKG-INFO",
                ".DS_Store", "app/.DS_Store", "requirements.txt", "build/lib/x"]),
    "java": ("target/\n!target/*.jar\n!target/*-runner\n.mvn/wrapper/maven-wrapper.jar\n"
             ".gradle\nbuild/\n!build/libs\n*.iml\n.git*\n",
             ["pom.xml", "target/app.jar", "target/classes/A.class", "target/app-runner",
              ".mvn/wrapper/maven-wrapper.jar", ".mvn/wrapper/maven-wrapper.properties",
              "build/libs/a.jar", "build/tmp/x", "src/main/java/A.java", "x.iml", ".gitattributes",
              ".github/workflows/ci.yml"]),
    "rails": ("/.git/\n/.bundle\n/.env*\n/config/master.key\n/config/credentials/*.key\n/log/*\n"
              "/tmp/*\n!/log/.keep\n!/tmp/.keep\n/tmp/pids/*\n!/tmp/pids/\n!/tmp/pids/.keep\n"
              "/storage/*\n!/storage/.keep\n/node_modules/\n/public/assets\n",
              [".git/HEAD", ".bundle/config", ".env", "config/master.key", "config/routes.rb",
               "config/credentials/production.key", "log/.keep", "log/development.log", "tmp/.keep",
               "tmp/cache/x", "tmp/pids/.keep", "tmp/pids/server.pid", "storage/.keep",
               "storage/ab/cd", "node_modules/x/y.js", "public/assets/a.css", "public/robots.txt",
               "Gemfile", "app/models/a.rb"]),
}


def main():
    with open(vectors) as f:
        data = json.load(f)
    print("1..%d" % (len(data["cases"]) + len(REAL) + 2))
    context = work + "/vectors"
    make(context, [f for f in data["files"] if f != ".dockerignore"])
    good = True
    for case in data["cases"]:
        with open(context + "/.dockerignore", "wb") as f:
            f.write(case["dockerignore"].encode())
        good &= check(context, "vector " + json.dumps(case["dockerignore"]).replace("#", "\\#"))
    for name, (rules, files) in REAL.items():
        context = work + "/" + name
        make(context, files + ["Dockerfile"])
        with open(context + "/.dockerignore", "w") as f:
            f.write(rules)
        good &= check(context, "the ignore file of a project in " + name)
    context = work + "/special"
    make(context, ["Dockerfile", "a", "d/e/"])
    os.symlink("a", context + "/link")
    os.link(context + "/a", context + "/second")
    os.mkfifo(context + "/d/fifo")
    with open(context + "/" + "n" * 120, "w") as f:
        f.write("long")
    good &= check(context, "links, a pipe and a long name")
    os.mkdir(work + "/empty")
    make(work + "/empty", ["Dockerfile"])
    good &= check(work + "/empty", "a Dockerfile alone")
    return 0 if good else 1


server = Server(work + "/sock", Daemon)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.exit(main())
