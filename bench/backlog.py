"""ClickHouse is down until the journal is full, then comes back: how fast the journal fills and empties.

usage: bench/backlog.py PROGRAM [MIB]

Starts PROGRAM (a release build of cspwatch) with a journal of MIB (1024) and no ClickHouse, posts distinct
reports of unknown destinations in bodies of 100 until the answer is 503, then starts a ClickHouse and waits
until the journal is empty. Fails unless every report that was answered 204 is in ClickHouse exactly once.
"""

import http.client
import os
import sys
import threading
import time

from services import PENDING, Services, cpu_seconds, free_port, memory, metric, query, until

REPORTS_PER_BODY = 100
CONNECTIONS = 4

CONFIG = """
[listen]
public = "127.0.0.1:{public}"
admin = "127.0.0.1:{admin}"
[clickhouse]
url = "http://127.0.0.1:{clickhouse}"
[journal]
dir = "{place}/journal"
max_bytes = "{mib}MiB"
[limits]
per_client = "0"
bytes_per_day_per_network = "0"
[[site]]
name = "shop"
hosts = ["shop.example"]
"""

REPORT = (
    '{{"type":"csp-violation","age":0,"url":"https://shop.example/checkout","user_agent":"Mozilla/5.0 '
    '(X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36","body":'
    '{{"documentURL":"https://shop.example/checkout","referrer":"","effectiveDirective":"connect-src",'
    '"originalPolicy":"default-src \'self\'; report-to csp","disposition":"enforce","blockedURL":'
    '"https://collect{host}.example/n{number}","lineNumber":7,"columnNumber":9,"sourceFile":'
    '"https://shop.example/app.js","statusCode":200,"sample":""}}}}'
)


def body(first):
    numbers = range(first, first + REPORTS_PER_BODY)
    reports = (REPORT.format(host=number % 500, number=number) for number in numbers)
    return ("[" + ",".join(reports) + "]").encode()


class Load:
    """Posts distinct reports until one is refused."""

    def __init__(self, port):
        self.port = port
        self.lock = threading.Lock()
        self.next = 0
        self.acknowledged = 0
        self.refusal = None

    def take(self):
        with self.lock:
            first, self.next = self.next, self.next + REPORTS_PER_BODY
        return first

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        while self.refusal is None:
            headers = {"Content-Type": "application/reports+json"}
            connection.request("POST", "/report", body(self.take()), headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status == 204:
                with self.lock:
                    self.acknowledged += REPORTS_PER_BODY
            else:
                self.refusal = (answer.status, answer.getheader("Retry-After"))

    def until_refused(self):
        threads = [threading.Thread(target=self.run) for _ in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def segments(place):
    return [name for name in os.listdir(f"{place}/journal") if name.startswith("segment-")]


def report(what, seconds, reports, mib, process):
    print(
        f"{what}: {reports:,} reports, {mib:.0f} MiB in {seconds:.1f} s: {reports / seconds:,.0f} reports/s, "
        f"{mib / seconds:.1f} MiB/s; the collector's CPU so far {cpu_seconds(process):.1f} s, "
        f"peak RSS {memory(process, 'VmHWM')} MiB",
        flush=True,
    )


def measure(services, mib):
    public, admin, clickhouse = free_port(), free_port(), free_port()
    place = services.place
    config = CONFIG.format(public=public, admin=admin, clickhouse=clickhouse, place=place, mib=mib)
    collector = services.collector(config, admin)

    load = Load(public)
    started = time.monotonic()
    load.until_refused()
    filled = metric(admin, "cspwatch_journal_bytes") / 2**20
    report("fill", time.monotonic() - started, load.acknowledged, filled, collector)
    print(f"full: {load.refusal[0]}, Retry-After {load.refusal[1]}; {len(segments(place))} segments")

    # The open segment is sealed when it is due; from then on nothing is added.
    services.clickhouse(clickhouse)
    started = time.monotonic()
    until("the journal is empty", lambda: metric(admin, PENDING) == 0)
    report("drain", time.monotonic() - started, load.acknowledged, filled, collector)

    stored = query(clickhouse, "SELECT sum(count), uniqExact(blocked_path) FROM cspwatch.reports")
    sightings = query(clickhouse, "SELECT count() FROM cspwatch.sightings")
    left = segments(place)
    print(f"stored: {stored} (count, distinct), {sightings} sightings; segments left: {len(left)}")
    expected = f"{load.acknowledged}\t{load.acknowledged}"
    if stored != expected or sightings != str(load.acknowledged) or left:
        sys.exit(f"bench/backlog.py: {load.acknowledged} were acknowledged")


def main():
    if not 2 <= len(sys.argv) <= 3:
        sys.exit(__doc__)
    program, mib = sys.argv[1], int(sys.argv[2]) if len(sys.argv) == 3 else 1024
    with Services(program, "backlog") as services:
        measure(services, mib)


if __name__ == "__main__":
    main()
