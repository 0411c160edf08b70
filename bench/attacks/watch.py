"""What the collector reports of itself while it is attacked, and whether that can be read."""

import subprocess
import time

from services import memory, scrape

SERIES_MAX = 10_000
# Prometheus' patience, as deploy/prometheus/prometheus.yml has it.
SCRAPE_SECONDS = 4
# promtool check metrics: exit codes 1 = cannot be parsed, 3 = parsed, with a remark on style.
PARSES = (0, 3)

OUTCOMES = ("new", "folded", "repeated", "limited", "malformed", "refused")
STATUSES = (204, 400, 404, 408, 413, 431, 503)
REASONS = ("network", "handshake")


class Watch:
    """Scrapes now and then, and keeps what was worst."""

    def __init__(self, collector, admin):
        self.collector, self.admin = collector, admin
        self.page, self.checked = "", 0.0
        self.series = self.connections = self.scrapes = self.missed = 0
        self.peak, self.problems = 0, []

    def look(self, seconds=1.0):
        """Scrapes, unless that was done a moment ago; promtool reads every fifth page."""
        if time.monotonic() - self.checked < seconds:
            return
        self.checked = time.monotonic()
        self.note_memory()
        self.scrapes += 1
        try:
            self.page = scrape(self.admin, SCRAPE_SECONDS)
        except OSError:
            self.missed += 1
            return
        self.series = max(self.series, sum(line[:1] not in ("#", "") for line in self.page.splitlines()))
        self.connections = max(self.connections, int(self.sum("cspwatch_connections")))
        if self.scrapes % 5 == 1:
            self.parse()

    def finish(self):
        self.look(0)
        self.parse()
        if self.series >= SERIES_MAX:
            self.problems.append(f"{self.series:,} series")

    def parse(self):
        command = ["promtool", "check", "metrics"]
        done = subprocess.run(command, input=self.page, text=True, capture_output=True)
        if done.returncode not in PARSES:
            self.problems.append(f"promtool cannot read the page: {done.stderr.strip()[:300]}")

    def note_memory(self):
        if self.collector.poll() is None:
            self.peak = max(self.peak, memory(self.collector, "VmHWM"))

    def sum(self, name, *labels):
        """The sum over all series of this name that have these labels, as in `site="shop"`."""
        lines = (line for line in self.page.splitlines() if line.startswith((name + "{", name + " ")))
        return sum(float(line.split()[-1]) for line in lines if all(label in line for label in labels))

    def counts(self):
        """What the collector counted, in a few words."""
        parts = (
            self.by_label("cspwatch_reports_total", "outcome", OUTCOMES),
            self.by_label("cspwatch_requests_total", "status", STATUSES),
            self.by_label("cspwatch_connections_refused_total", "reason", REASONS),
        )
        return "; ".join(filter(None, parts))

    def by_label(self, name, label, values):
        counts = ((value, self.sum(name, f'{label}="{value}"')) for value in values)
        return ", ".join(f"{value} {count:,.0f}" for value, count in counts if count)
