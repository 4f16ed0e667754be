"""A daemon that only writes down how a build is asked for: SOCKET FILE."""
import base64, http.server, json, os, socketserver, sys, urllib.parse


class Daemon(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def address_string(self):
        return "somebody"

    def log_message(self, *args):
        pass

    def answer(self, body, kind):
        self.send_response(200)
        self.send_header("API-Version", "1.41")
        self.send_header("OSType", "linux")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self):
        self.answer(b"OK", "text/plain")

    do_HEAD = do_GET

    def do_POST(self):
        while size := int(self.rfile.readline(), 16):
            self.rfile.read(size + 2)
        self.rfile.readline()
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query, keep_blank_values=True)
        for name in "buildargs", "labels", "cachefrom", "ulimits":
            query[name] = json.loads(query[name][0])
        query["ulimits"] = sorted(query["ulimits"] or [], key=lambda limit: limit["Name"])
        config = json.loads(base64.urlsafe_b64decode(self.headers["X-Registry-Config"]))
        with open(sys.argv[2], "w") as out:
            json.dump([query, config, self.headers["Content-Type"]], out, indent=1, sort_keys=True)
        self.answer(b'{"aux":{"ID":"sha256:%s"}}\r\n' % (b"0" * 64), "application/json")


class Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


Server(sys.argv[1], Daemon).serve_forever()
