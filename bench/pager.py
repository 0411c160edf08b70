"""How long it takes from one report of a payment form that posts elsewhere until the on-call's pager has it.

usage: bench/pager.py PROGRAM [RUNS]

Starts PROGRAM (a release build of cspwatch), a ClickHouse, and Prometheus and Alertmanager as they are shipped,
with a receiver for the on-call. In each of RUNS (20) runs one client reports one new destination. Fails when
the page takes more than 15 s, or more than 100 ms pass until the destination stands on /metrics.
"""

import http.server
import json
import math
import random
import statistics
import sys
import threading
import time
from datetime import datetime

import shops
from alerts import Alerts
from services import Services, free_port, scrape, until

# As deploy/prometheus/prometheus.yml has it.
SCRAPE_INTERVAL_SECONDS = 5
PAGED_SECONDS_MAX = 15
EXPORTED_SECONDS_MAX = 0.1
PATIENCE_SECONDS = 120

ALERT = "CspwatchUnknownDestinationOnPaymentPage"
SERIES = "cspwatch_unknown_destination_last_seen_timestamp_seconds"


class Pager(http.server.ThreadingHTTPServer):
    """The on-call: notes when it first heard of each destination, and the alert that it heard."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Ring)
        self.heard = {}
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self):
        return self.server_address[1]

    def note(self, now, webhook):
        for alert in webhook["alerts"]:
            if alert["status"] == "firing" and alert["labels"]["alertname"] == ALERT:
                self.heard.setdefault(alert["labels"]["destination"], (now, alert))


class Ring(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        webhook = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.note(time.time(), webhook)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Rig:
    """What a report passes on its way to the pager."""

    def __init__(self, services, runs):
        self.public, self.admin, clickhouse = free_port(), free_port(), free_port()
        services.clickhouse(clickhouse)
        # A shop for each run: a single witness is believed twice a day only about one site.
        config = shops.config(self.public, self.admin, clickhouse, f"{services.place}/journal", runs)
        services.collector(config, self.admin)
        self.pager = Pager()
        self.alerts = Alerts(services, self.admin, self.pager.port)

    def run(self, number, phase):
        """Seconds from the report until each of what is measured."""
        # When Prometheus scrapes is a hash of the target, and when it evaluates one of the rules' path: with a
        # single Prometheus, all runs would have the same time between the two.
        self.alerts.renew_prometheus()
        # Not a wait for something: it makes the report come at any moment between two scrapes.
        time.sleep(phase)
        destination = f"thief{number + 1:02}.example"
        sent = time.time()
        # From a network that nobody else here is in.
        client = f"10.{number // 256}.{number % 256}.7"
        shops.post(self.public, number, destination, "form-action", client)
        answered = time.time()
        until_exported(self.admin, destination)
        exported = time.time()
        until("the page", lambda: destination in self.pager.heard, PATIENCE_SECONDS)
        paged, alert = self.pager.heard[destination]
        fired = datetime.fromisoformat(alert["startsAt"].replace("Z", "+00:00")).timestamp()
        return [moment - sent for moment in (answered, exported, fired, paged)]


def until_exported(admin, destination):
    """Asks for the metrics again and again, until they have the series that the rule reads."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    labels = (f'destination="{destination}"', 'severity="page"')
    while time.monotonic() < deadline:
        for line in scrape(admin).splitlines():
            if line.startswith(SERIES) and all(label in line for label in labels):
                return
    sys.exit(f"bench/pager.py: {destination} does not come up among the metrics")


def measure(services, runs):
    rig = Rig(services, runs)
    # The same phases each time.
    chance = random.Random(1)
    measured = []
    for number in range(runs):
        measured.append(rig.run(number, chance.uniform(0, SCRAPE_INTERVAL_SECONDS)))
        print(f"{number + 1} of {runs}: paged after {measured[-1][-1]:.1f} s", file=sys.stderr, flush=True)
    return [Figures(seconds) for seconds in zip(*measured)]


class Figures:
    def __init__(self, seconds):
        ordered = sorted(seconds)
        self.median, self.worst = statistics.median(ordered), ordered[-1]
        self.p90 = ordered[math.ceil(0.9 * len(ordered)) - 1]

    def row(self, name, unit):
        per_second = {"s": 1, "ms": 1000}[unit]
        cells = (f"{figure * per_second:.1f} {unit}" for figure in (self.median, self.p90, self.worst))
        return f"| {name} | " + " | ".join(cells) + " |"


def main():
    if not 2 <= len(sys.argv) <= 3:
        sys.exit(__doc__)
    program, runs = sys.argv[1], int(sys.argv[2]) if len(sys.argv) == 3 else 20
    with Services(program, "pager") as services:
        answered, exported, fired, paged = measure(services, runs)
    print(f"{runs} runs; from the moment that the report is sent until\n")
    print("| | median | p90 | worst |\n| --- | ---: | ---: | ---: |")
    print(answered.row("the answer 204", "ms"))
    print(exported.row("the destination stands on `/metrics`", "ms"))
    print(fired.row("the rule fires in Prometheus", "s"))
    print(paged.row("the on-call's receiver has the page", "s"))
    problems = []
    if exported.worst > EXPORTED_SECONDS_MAX:
        problems.append(f"a destination stood on /metrics after {1000 * exported.worst:.0f} ms only")
    if paged.worst > PAGED_SECONDS_MAX:
        problems.append(f"a page took {paged.worst:.1f} s")
    if problems:
        sys.exit("bench/pager.py: " + "; ".join(problems))


if __name__ == "__main__":
    main()
