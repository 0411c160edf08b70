"""A collector and a ClickHouse on free ports of loopback, for measurements that need real ones."""

import http.server
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

# The gauge that is 0 when all of the journal is in ClickHouse.
PENDING = "cspwatch_journal_oldest_pending_timestamp_seconds"
# A server that was told to end has this long.
END_SECONDS = 60


class Services:
    """Processes and their files; both are gone at the end of the `with`."""

    def __init__(self, program, name):
        self.program = program
        self.place = tempfile.mkdtemp(prefix=f"cspwatch-{name}-", dir="/var/tmp")
        self.log = open(f"{self.place}/log", "w")
        self.children = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for child in self.children:
            child.kill()
            child.wait()
        self.log.close()
        shutil.rmtree(self.place)

    def start(self, *command):
        child = subprocess.Popen(command, stdout=self.log, stderr=self.log)
        self.children.append(child)
        return child

    def end(self, child):
        """Asks a process to end. Tells whether it did."""
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(END_SECONDS)
            return True
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            return False
        finally:
            self.children.remove(child)

    def collector(self, config, admin, under=()):
        """Starts a collector, whose admin listener the configuration puts on the port `admin`.

        `under`: a command that runs it, as `taskset` does.
        """
        path = f"{self.place}/cspwatch.toml"
        with open(path, "w") as file:
            file.write(config)
        collector = self.start(*under, self.program, "serve", "--config", path, "--log", "error")
        until("the collector answers", lambda: answers(f"http://127.0.0.1:{admin}/livez"))
        return collector

    def clickhouse(self, port, under=(), data=None):
        """Starts a ClickHouse. `data`: where it keeps its files, if they are to stay."""
        arguments = ["--data", data or f"{self.place}/clickhouse", "--http", f"127.0.0.1:{port}"]
        server = self.start(*under, self.program, "clickhouse", *arguments)
        until("ClickHouse answers", lambda: answers(f"http://127.0.0.1:{port}/ping") or server.poll() is not None)
        return server


def serve(handler):
    """Serves HTTP by the handler until the process ends; the port."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def exporter(page):
    """Serves the metrics `page(path)`; where that is `None`, it is away. Returns the port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            text = page(self.path)
            body = (text or "").encode()
            self.send_response(503 if text is None else 200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    return serve(Handler)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(what, condition, seconds=1800):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            sys.exit(f"{sys.argv[0]}: not in time: {what}")
        time.sleep(0.05)


def answers(url):
    try:
        return urllib.request.urlopen(url).status == 200
    except OSError:
        return False


def query(port, sql):
    return urllib.request.urlopen(f"http://127.0.0.1:{port}/", sql.encode()).read().decode().strip()


def scrape(port, seconds=None):
    return urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=seconds).read().decode()


def metric(port, name):
    lines = scrape(port).splitlines()
    return next(float(line.split()[-1]) for line in lines if line.startswith(name + " "))


def memory(process, field):
    with open(f"/proc/{process.pid}/status") as status:
        line = next(line for line in status if line.startswith(field))
    return int(line.split()[1]) // 1024


def cpu_seconds(process):
    with open(f"/proc/{process.pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
