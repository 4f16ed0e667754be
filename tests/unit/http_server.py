"""A loopback server for http_test: prints its port, serves until killed."""
import gzip
import http.server
import sys
import time

RAW = {  # whole replies, for what http.server would not send
    '/noreason': b'HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n',
    '/blankreason': b'HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n',
    '/short': b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort',
    '/shortchunk': b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
                   b'5\r\nhello\r\n',
    '/nothing': b'',
    '/continued': b'HTTP/1.1 100 Continue\r\nLocation: /x\r\n\r\n'
                  b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
}
REPLIES = {  # status, reason, headers, body
    '/ok/f.txt': (200, None, {
        'Last-Modified': 'Sun, 06 Nov 1994 08:49:37 GMT',
        'Content-Disposition': 'attachment; filename=g'}, b'hello\n'),
    '/empty': (200, None, {}, b''),
    '/204': (204, None, {}, b''),
    '/304': (304, None, {}, b''),
    '/300': (300, None, {'Location': '/ok/f.txt'}, b'300'),
    '/nolocation': (302, None, {}, b'here'),
    '/moved': (301, None, {'Location': '/ok/f.txt'}, b'not this'),
    '/relative/x': (307, None, {'Location': '../ok/f.txt'}, b'not this'),
    '/loop': (302, None, {'Location': '/loop'}, b''),
    '/ftp': (302, None, {'Location': 'ftp://127.0.0.1/x'}, b''),
    '/file': (302, None, {'Location': 'file:///etc/passwd'}, b''),
    '/404': (404, None, {}, b'  nothing\n here\n\n'),
    '/404empty': (404, None, {}, b''),
    '/odd': (499, 'My Reason', {}, b'x'),
    '/500': (500, None, {'Content-Encoding': 'gzip'}, gzip.compress(b'boom')),
    '/gzip': (200, None, {'Content-Encoding': 'gzip'},
              gzip.compress(b'unpacked\n')),
    '/deflate': (200, None, {'Content-Encoding': 'deflate'}, b'left alone'),
    '/large': (200, None, {}, b'0123456789abcdef' * (1 << 18)),
}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *args):
        pass

    def reply(self, status, reason, headers, body):
        self.send_response(status, reason)
        for name, value in headers.items():
            self.send_header(name, value)
        if status not in (204, 304):
            self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def hang(self):
        self.send_response(200)
        self.send_header('Content-Length', '10')
        self.end_headers()
        self.wfile.write(b'half')
        self.wfile.flush()
        time.sleep(60)

    def do_GET(self):
        if self.path in RAW:
            self.wfile.write(RAW[self.path])
            self.close_connection = True
        elif self.path in REPLIES:
            self.reply(*REPLIES[self.path])
        elif self.path == '/hang':
            self.hang()
        else:
            auth = self.headers.get('Authorization', '')
            self.reply(200, None, {}, (self.path + auth).encode('latin1'))


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # a client that went away is what some tests are about


server = Server(('127.0.0.1', 0), Handler)
print(server.server_address[1])
sys.stdout.flush()
server.serve_forever()
