#!/usr/bin/env python3
"""A proxy before a registry that does one thing wrong.

faults.py UPSTREAM LOG MODE: prints its port, writes one line per request to
LOG ("GET /v2/… range=… auth=…"). MODE:
  none        pass all on
  cut:N       break each blob's first download after N tenths
  wrong       flip the last byte of each blob
  short, long a byte less or more than the manifest says
  endless     a blob without end
  stall       half of a blob, then nothing
  loop401     every request is unauthorized
  busy:S      S = status, answered first to every path with Retry-After: 1
  always:S    the same for ever
  long:S      the same, with an hour to wait
  away        blobs are elsewhere (the same machine, another port)
  cutup       take half of each upload's body, then hang up, once
  lostup      know nothing of an upload when its bytes come, once
  garbleup    say that the bytes of an upload are not those of its digest, once
  fail        no upload may be begun
  bomb        a manifest without end
  layers      a manifest of 5000 layers
  proxy       an HTTP proxy: whatever host is asked for is the registry
"""
import http.client, http.server, json, sys, threading

up, log, mode = int(sys.argv[1]), open(sys.argv[2], "a", 1), sys.argv[3]
seen, lock, held = set(), threading.Lock(), threading.Event()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def upstream(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        c = http.client.HTTPConnection("127.0.0.1", up)
        drop = ("host", "connection", "content-length")
        c.putrequest(self.command, "/v2/" + self.path.split("/v2/", 1)[1])
        for k, v in self.headers.items():
            if k.lower() not in drop:
                c.putheader(k, v)
        c.putheader("Content-Length", str(len(body)))
        c.endheaders(body)
        r = c.getresponse()
        return r.status, r.getheaders(), r.read()

    def send(self, status, headers, data, length=None):
        self.send_response(status)
        for k, v in headers:
            if k.lower() not in ("content-length", "connection", "transfer-encoding", "date", "server"):
                self.send_header(k, v.replace("127.0.0.1:%d" % up, self.headers["Host"]))
        self.send_header("Content-Length", str(len(data) if length is None else length))
        self.end_headers()
        try:
            self.wfile.write(data)
        except OSError:
            self.close_connection = True

    def first(self, what):
        with lock:
            new = what not in seen
            seen.add(what)
        return new

    def handle_any(self):
        log.write("%s %s range=%s auth=%s\n" % (
            self.command, self.path, self.headers.get("Range", "-"),
            "yes" if self.headers.get("Authorization") else "no"))
        if mode == "loop401":
            return self.send(401, [("WWW-Authenticate", 'Basic realm="x"')], b"{}")
        if mode == "fail" and self.command == "POST":
            return self.send(403, [], b'{"errors":[{"code":"DENIED","message":"requested access to the resource is denied"}]}')
        if mode in ("cutup", "lostup", "garbleup") and self.command in ("PUT", "PATCH") and "/uploads/" in self.path and self.first(self.path.split("?")[0] if mode == "cutup" else mode):
            length = int(self.headers.get("Content-Length") or 0)
            self.rfile.read(length // 2 if mode == "cutup" else length)
            self.close_connection = True
            if mode == "lostup":
                self.send(404, [], b'{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN","message":"blob upload unknown to registry"}]}')
            elif mode == "garbleup":
                self.send(400, [], b'{"errors":[{"code":"DIGEST_INVALID","message":"provided digest did not match uploaded content"}]}')
            return
        if mode.startswith(("always:", "long:")):
            name, status = mode.split(":")
            return self.send(int(status), [("Retry-After", "3600" if name == "long" else "0")], b"")
        if mode.startswith("busy:") and self.first(self.path):
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            return self.send(int(mode[5:]), [("Retry-After", "1")], b"")
        if mode == "bomb" and "/manifests/" in self.path:
            return self.pour([("Content-Type", "application/json")])
        if mode == "layers" and "/manifests/" in self.path:
            one = {"mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip",
                   "size": 1, "digest": "sha256:" + "0" * 64}
            text = json.dumps({"schemaVersion": 2, "config": one, "layers": [one] * 5000})
            return self.send(200, [("Content-Type", "application/vnd.docker.distribution.manifest.v2+json")], text.encode())
        if mode == "away" and "/blobs/" in self.path:
            return self.send(307, [("Location", "http://127.0.0.1:%d%s" % (other.server_address[1], self.path))], b"")
        status, headers, data = self.upstream()
        if self.command != "GET" or "/blobs/" not in self.path or status >= 300 or (status == 200 and len(data) < 4096):
            return self.send(status, headers, data)
        self.spoil(status, headers, data)

    def spoil(self, status, headers, data):
        if mode.startswith("cut:") and self.first(self.path):
            self.send(status, headers, data[:len(data) * int(mode[4:]) // 10], len(data))
            self.close_connection = True
        elif mode == "wrong" and data:
            self.send(status, headers, data[:-1] + bytes([data[-1] ^ 1]))
        elif mode == "short":
            self.send(status, headers, data[:-1] if status == 200 else b"")
        elif mode == "long":
            self.send(status, headers, data + b"x")
        elif mode == "endless":
            self.pour(headers)
        elif mode == "stall":
            self.send(status, headers, data[:len(data) // 2], len(data))
            held.wait(60)
        else:
            self.send(status, headers, data)

    def pour(self, headers):
        self.send_response(200)
        for k, v in headers:
            if k.lower() == "content-type":
                self.send_header(k, v)
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        try:
            while True:
                self.wfile.write(b" " * 65536)
        except OSError:
            pass

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any


class Elsewhere(Handler):
    def handle_any(self):
        log.write("ELSEWHERE %s auth=%s\n" % (self.path, "yes" if self.headers.get("Authorization") else "no"))
        self.send(*self.upstream())

    do_GET = handle_any


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


other = Server(("127.0.0.1", 0), Elsewhere)
threading.Thread(target=other.serve_forever, daemon=True).start()
server = Server(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
