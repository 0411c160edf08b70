"""The one real report that the attack is to drown, and what became of it."""

import time

from attacks import honest, reports
from services import query

DESTINATION = "thief.example"
# Of a network that nobody else here is in.
CLIENT = "198.51.100.7"
STORED_SECONDS = 240
ALERT_SECONDS = 60


class Sighting:
    def __init__(self):
        self.status, self.posted_at, self.alerted_after = None, None, None
        self.exported = self.stored = 0

    def post(self, target):
        report = reports.violation("https://shop.example/checkout", f"https://{DESTINATION}/a", "connect-src")
        connection = honest.connect(target)
        self.posted_at = time.monotonic()
        self.status = honest.post(connection, report, CLIENT)
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
        return self.stored > 0 or self.status != 204

    def problems(self, is_alerted, is_hidden):
        problems = []
        if self.status != 204:
            problems.append(f"the sighting was answered {self.status}")
        if self.stored != 1:
            problems.append(f"the sighting is stored {self.stored} times")
        if self.exported != 1 and not is_hidden:
            problems.append(f"the sighting is exported as {self.exported:.0f}")
        if is_alerted and self.alerted_after is None:
            problems.append("there is no alert about the sighting")
        return problems

    def __str__(self):
        parts = [str(self.status), f"stored {self.stored}", f"exported {self.exported:.0f}"]
        if self.alerted_after is not None:
            parts.append(f"alert after {self.alerted_after:.0f} s")
        return ", ".join(parts)
