#!/usr/bin/env python3
"""A web server on loopback for ADD of URLs and contexts from the network.

web.py PORTFILE DIR: writes its port, serves DIR below /files/ and what the
table below names."""
import http.server
import os
import sys

ANSWERS = {
    "/dated.txt": (200, {"Last-Modified": "Mon, 02 Jan 2006 15:04:05 GMT"}, b"dated\n"),
    "/undated": (200, {}, b"undated\n"),
    "/empty": (200, {}, b""),
    "/": (200, {"Content-Disposition": 'attachment; filename="named.bin"'}, b"index\n"),
    "/unnamed/": (200, {}, b"unnamed\n"),
    "/moved": (302, {"Location": "/dated.txt"}, b""),
}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, status, headers, body):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        path = self.path.split("?")[0]
        file = os.path.join(sys.argv[2], os.path.basename(path))
        if path.startswith("/files/") and os.path.isfile(file):
            with open(file, "rb") as f:
                self.answer(200, {"Content-Type": "application/x-tar"}, f.read())
        elif path == "/chunked":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"5\r\nhello\r\n0\r\n\r\n")
        else:
            self.answer(*ANSWERS.get(path, (404, {}, b"not here\n")))


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open(sys.argv[1] + ".tmp", "w") as f:
    f.write(str(server.server_port))
os.rename(sys.argv[1] + ".tmp", sys.argv[1])
server.serve_forever()
