"""A page on every address of this network namespace, the loopback's included; prints what it was asked, and where."""

import http.server
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self):
        print(self.connection.getsockname()[0], self.command, self.path, file=sys.stderr, flush=True)
        if self.path.startswith("/redirect/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/redirect/"))
        else:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            if self.path.startswith("/page/"):
                policy = "default-src 'self'; report-uri " + self.path.removeprefix("/page/")
                self.send_header("Content-Security-Policy", policy)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST = do_OPTIONS = answer

    def log_message(self, *arguments):
        pass


with http.server.ThreadingHTTPServer(("0.0.0.0", 80), Handler) as server:
    print("ready", flush=True)
    server.serve_forever()
