#!/usr/bin/env python3
"""What answers at a socket in place of a docker daemon.

daemon_faults.py SOCKET MODE: one of
  error       500 with a message, to all but the ping
  garbage     lists images as what is no JSON
  new         speaks API 1.50 and newer only
  containerd  keeps its images in the containerd store
  cut         an archive that breaks off in its middle
  other       is no daemon
  drops       hangs up in the middle of the first context, and builds the next
"""
import http.server, json, socketserver, sys

path, mode = sys.argv[1:3]
ID = "sha256:" + "1" * 64


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def address_string(self):
        return "socket"

    def answer(self, status, text, length=None):
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(length or len(data)))
        self.end_headers()
        self.wfile.write(data)
        self.close_connection = length is not None

    def do_GET(self):
        at = self.path.split("?")[0]
        if mode == "other":
            return self.answer(404, "<html>nothing here</html>")
        if mode == "new":
            version = at.split("/")[1][1:]
            return self.answer(400, json.dumps({"message": "client version %s is too old. Minimum supported API version is 1.50, please upgrade your client to a newer version" % version}))
        if at.endswith("/_ping"):
            return self.answer(200, "OK")
        if mode == "error":
            return self.answer(500, json.dumps({"message": "the disk is on fire"}))
        if mode == "cut":
            return self.answer(200, "x" * 5000, 100000)
        if at.endswith("/images/json"):
            text = "]not json" if mode == "garbage" else json.dumps([{"Id": ID, "ParentId": "", "RepoTags": ["a:1"]}])
            return self.answer(200, text)
        if at.endswith("/info"):
            return self.answer(200, json.dumps({"DriverStatus": [["driver-type", "io.containerd.snapshotter.v1"]]}))
        self.answer(404, json.dumps({"message": "No such image"}))


    def do_POST(self):
        if not hasattr(self.server, "dropped"):
            self.server.dropped = True
            self.rfile.read(200000)
            self.close_connection = True
            return
        while size := int(self.rfile.readline(), 16):
            self.rfile.read(size + 2)
        self.rfile.readline()
        self.answer(200, json.dumps({"aux": {"ID": ID}}) + "\r\n")


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


Server(path, Handler).serve_forever()
