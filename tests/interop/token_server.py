#!/usr/bin/env python3
"""A token server as registries use it. token_server.py DIR: prints its port.

DIR holds tok.crt and tok.key (RSA, the registry's rootcertbundle); each
request becomes a line of DIR/asked. The password of everybody is "secret";
the identity token is "idtok". Anonymous users may pull only.
"""
import base64, http.server, json, subprocess, sys, time, urllib.parse

where = sys.argv[1]
asked = open(where + "/asked", "a", 1)
certificate = "".join(open(where + "/tok.crt").read().split("-----")[2].split())


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def token(user, scopes):
    access = []
    for scope in " ".join(scopes).split():
        kind, name, actions = scope.split(":", 1)[0], scope.split(":", 1)[1].rpartition(":")[0], scope.rpartition(":")[2]
        access.append({"type": kind, "name": name,
                       "actions": [a for a in actions.split(",") if a == "pull" or user]})
    now = int(time.time())
    head = {"typ": "JWT", "alg": "RS256", "x5c": [certificate]}
    claims = {"iss": "issuer", "sub": user, "aud": "service", "exp": now + 300,
              "nbf": now - 10, "iat": now, "jti": str(time.time()), "access": access}
    text = b64(json.dumps(head).encode()) + b"." + b64(json.dumps(claims).encode())
    signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", where + "/tok.key"],
                               input=text, capture_output=True).stdout
    return (text + b"." + b64(signature)).decode()


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def answer(self, status, what):
        data = json.dumps(what).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def give(self, words):
        basic = self.headers.get("Authorization", "")
        user = password = ""
        if basic:
            user, _, password = base64.b64decode(basic.split()[1]).decode().partition(":")
        elif words.get("refresh_token") == ["idtok"]:
            user, password = "joe", "secret"
        if user and password != "secret":
            return self.answer(401, {"errors": [{"code": "UNAUTHORIZED", "message": "bad password"}]})
        out = {"token": token(user, words.get("scope", []))}
        if words.get("offline_token") == ["true"]:
            out["refresh_token"] = "idtok"
        self.answer(200, out)

    def do_GET(self):
        words = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        asked.write("GET %s\n" % json.dumps(words, sort_keys=True))
        self.give(words)

    def do_POST(self):
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        words = urllib.parse.parse_qs(text)
        asked.write("POST %s\n" % json.dumps(words, sort_keys=True))
        self.give(words)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
