"""The two victims whose reports the attack is to drown, and what became of them."""

import time

from attacks import honest, reports
from services import query

DESTINATION = "thief.example"
# Of networks that nobody else here is in. One visitor of a site that is new may be an extension's; two are a theft.
CLIENTS = ("198.51.100.7", "203.0.113.9")
# What comes without the browser that the report names counts a quarter.
BROWSER = {"User-Agent": reports.AGENT}
STORED_SECONDS = 240
ALERT_SECONDS = 60


class Sighting:
    def __init__(self):
        self.statuses, self.posted_at, self.alerted_after = [], None, None
        self.exported = self.stored = 0

    def post(self, target):
        report = reports.violation("https://shop.example/checkout", f"https://{DESTINATION}/a", "connect-src")
        report["body"]["sourceFile"] = "https://shop.example/checkout.js"
        connection = honest.connect(target)
        self.posted_at = time.monotonic()
        self.statuses = [honest.post(connection, report, client, BROWSER) for client in CLIENTS]
        connection.close()

    def look_for_alert(self, alerts):
        if self.posted_at and self.alerted_after is None and alerts.names_about(DESTINATION):
            self.alerted_after = time.monotonic() - self.posted_at

    def look_for_series(self, watch):
        label = f'destination="{DESTINATION}"'
        self.exported = watch.sum("cspwatch_unknown_destination_reports_total", label)

    def look_for_row(self, clickhouse, database):
        wanted = f"destination = '{DESTINATION}'"
        self.stored = int(query(clickhouse, f"SELECT sum(count) FROM {database}.reports WHERE {wanted}"))

    def is_settled(self):
        """Whether there is nothing to wait for in ClickHouse."""
        return self.stored >= self.statuses.count(204)

    def problems(self, is_alerted, is_hidden):
        problems = []
        if self.statuses != [204] * len(CLIENTS):
            problems.append(f"the sightings were answered {self.statuses}")
        if self.stored != len(CLIENTS):
            problems.append(f"the sightings are stored {self.stored} times")
        if self.exported != len(CLIENTS) and not is_hidden:
            problems.append(f"the sightings are exported as {self.exported:.0f}")
        if is_alerted and self.alerted_after is None:
            problems.append("there is no alert about the sightings")
        return problems

    def __str__(self):
        parts = [" ".join(map(str, self.statuses)), f"stored {self.stored}", f"exported {self.exported:.0f}"]
        if self.alerted_after is not None:
            parts.append(f"alert after {self.alerted_after:.0f} s")
        return ", ".join(parts)
