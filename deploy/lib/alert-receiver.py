"""Receives Alertmanager's webhooks on loopback and appends each as one line of JSON to a file.

usage: alert-receiver.py PORT FILE

The line is Alertmanager's own JSON plus "receivedAt", the time of arrival in seconds since 1970.
GET answers 200, so that the quickstart can see that it runs.
"""

import http.server
import json
import sys
import threading
import time

BODY_BYTES_MAX = 10 * 1024 * 1024
FILE_LOCK = threading.Lock()


class Receiver(http.server.BaseHTTPRequestHandler):
    timeout = 30

    def do_GET(self):
        self.answer(200, "alert receiver: POST Alertmanager's webhooks here\n")

    def do_POST(self):
        try:
            length = int(self.headers.get("Content-Length", ""))
        except ValueError:
            return self.answer(411, "Content-Length is missing\n")
        if not 0 <= length <= BODY_BYTES_MAX:
            return self.answer(413, f"more than {BODY_BYTES_MAX} bytes\n")
        try:
            webhook = json.loads(self.rfile.read(length))
        except ValueError as error:
            return self.answer(400, f"not JSON: {error}\n")
        if not isinstance(webhook, dict):
            return self.answer(400, "not a JSON object\n")
        webhook["receivedAt"] = round(time.time(), 3)
        with FILE_LOCK, open(self.server.alerts_file, "a", encoding="utf-8") as file:
            file.write(json.dumps(webhook) + "\n")
        self.answer(200, "")

    def answer(self, status, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver)
    server.alerts_file = sys.argv[2]
    print(f"listening on 127.0.0.1:{sys.argv[1]}, writing to {sys.argv[2]}", flush=True)
    server.serve_forever()


main()
