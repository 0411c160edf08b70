"""What the exchange of many collectors costs ClickHouse.

usage: bench/exchange.py PROGRAM [COLLECTORS] [SECONDS]

COLLECTORS (50) real collectors share one ClickHouse. Each gets a report of an unknown destination every five seconds, which is
the most batches with sightings that there can be: one of each collector for each seal. For SECONDS (60), ClickHouse's own
query_log counts the CPU of each kind of query. The exchange is everything but the INSERTs of segments. Then a collector is
killed for a while and started again: how long until it knows what the others have seen meanwhile.

PROGRAM may be an earlier build of cspwatch, to compare. Fails above 0.3 cores, or where the collector is not current within a
minute.
"""

import pathlib
import sys
import threading
import time
import urllib.request

import shops
from services import Services, answers, free_port, scrape, until

CORES_MAX = 0.3
CURRENT_SECONDS_MAX = 60
SEAL_SECONDS = 5
DEFAULT = "src/store/embedded/default_config.xml"
LOG = "<query_log><database>system</database><table>query_log</table><flush_interval_milliseconds>1000</flush_interval_milliseconds></query_log>"
PRIVACY = """
[privacy]
client_key_file = "{place}/secret"
"""
# Of one server, so shards' parts of a query are none.
COST = """
SELECT multiIf(query_kind = 'Insert' AND match(query, 'INSERT INTO `?(reports|sightings|limited|policies)'), 'segments',
               query LIKE '%sighted_batches%', 'what is new',
               query LIKE '%FROM sightings%', 'sightings of batches, or of the past',
               query LIKE '%decisions%', 'decisions',
               query_kind = 'Insert', 'alerts, at work',
               'others') AS what,
       count() AS queries,
       sum(ProfileEvents['UserTimeMicroseconds'] + ProfileEvents['SystemTimeMicroseconds']) / 1e6 AS cpu
FROM system.query_log
WHERE type = 'QueryFinish' AND is_initial_query AND event_time >= toDateTime({since}) AND event_time < toDateTime({until})
  AND query NOT LIKE '%query_log%'
GROUP BY what ORDER BY cpu DESC FORMAT TSV
"""


class Rig:
    def __init__(self, services, collectors):
        self.services, self.http = services, free_port()
        config = pathlib.Path(f"{services.place}/clickhouse.xml")
        text = pathlib.Path(DEFAULT).read_text().replace("@PATH@", str(config))
        config.write_text(text.replace("</clickhouse>", f"{LOG}</clickhouse>"))
        data, http = f"{services.place}/clickhouse", f"127.0.0.1:{self.http}"
        services.start(services.program, "clickhouse", "--data", data, "--http", http, "--config-file", config)
        until("ClickHouse answers", lambda: answers(f"http://{http}/ping"))
        pathlib.Path(f"{services.place}/secret").write_text("one secret of all collectors")
        self.collectors = []
        for number in range(collectors):
            public, admin = free_port(), free_port()
            config = shops.config(public, admin, self.http, f"{services.place}/journal-{number}", 1)
            file = pathlib.Path(f"{services.place}/{number}.toml")
            file.write_text(config + PRIVACY.format(place=services.place))
            self.collectors.append((public, admin, file, self.start(file)))
            if number == 0:
                until("the tables are there", lambda: answers(f"http://127.0.0.1:{admin}/readyz"))
        for _, admin, _, _ in self.collectors:
            until("a collector is ready", lambda: answers(f"http://127.0.0.1:{admin}/readyz"))
        self.stop = threading.Event()
        self.load = threading.Thread(target=self.post, daemon=True)
        self.load.start()

    def start(self, file):
        return self.services.start(self.services.program, "serve", "--config", file, "--log", "error")

    def post(self):
        """A report for each collector, every five seconds, of one of twenty destinations."""
        turn = 0
        while not self.stop.is_set():
            turn += 1
            began = time.monotonic()
            for number, (public, *_) in enumerate(self.collectors):
                address = f"10.{turn % 250}.{number}.7"
                try:
                    shops.post(public, 0, f"thief{number % 20:02}.example", "connect-src", address)
                except OSError:
                    pass
                self.stop.wait(max(0, began + (number + 1) * SEAL_SECONDS / len(self.collectors) - time.monotonic()))

    def ask(self, sql):
        request = urllib.request.Request(f"http://127.0.0.1:{self.http}/", sql.encode())
        return urllib.request.urlopen(request, timeout=60).read().decode()

    def cost(self, seconds):
        since = int(self.ask("SELECT toUnixTimestamp(now())"))
        time.sleep(seconds)
        end = int(self.ask("SELECT toUnixTimestamp(now())"))
        time.sleep(5)
        rows = self.ask(COST.format(since=since, until=end)).splitlines()
        return [(what, int(queries), float(cpu) / (end - since)) for what, queries, cpu in (row.split("\t") for row in rows)]

    def restart(self):
        """Seconds until a collector knows of a destination that others saw while it was away."""
        public, admin, file, process = self.collectors[-1]
        process.kill()
        process.wait()
        # A form to a stranger, by networks that named nothing else: a page of its own, whatever the others amount to.
        for number in range(4):
            shops.post(self.collectors[0][0], 0, "meanwhile.example", "form-action", f"172.16.{number}.7")
        time.sleep(3 * SEAL_SECONDS)
        began = time.monotonic()
        self.start(file)
        until("it knows", lambda: answers(f"http://127.0.0.1:{admin}/livez") and "meanwhile.example" in scrape(admin), 3600)
        return time.monotonic() - began


def main():
    if not 2 <= len(sys.argv) <= 4:
        sys.exit(__doc__)
    collectors = int(sys.argv[2]) if len(sys.argv) > 2 else 50
    seconds = int(sys.argv[3]) if len(sys.argv) > 3 else 60
    with Services(sys.argv[1], "exchange") as services:
        rig = Rig(services, collectors)
        # Until all have found each other, and rounds have their pauses.
        time.sleep(30)
        cost = rig.cost(seconds)
        current = rig.restart()
        known = rig.ask("SELECT uniqExact(collector) FROM cspwatch.collectors").strip()
        rig.stop.set()
        rig.load.join()
    exchange = sum(cores for what, _, cores in cost if what != "segments")
    print(f"{collectors} collectors, {seconds} s\n\n| queries | a second | cores of ClickHouse |\n| --- | ---: | ---: |")
    for what, queries, cores in cost:
        print(f"| {what} | {queries / seconds:.1f} | {cores:.3f} |")
    print(f"| all but segments | | {exchange:.3f} |\n\nA collector that was away is current after {current:.1f} s; {known} noted that they work.")
    if exchange > CORES_MAX or current > CURRENT_SECONDS_MAX or int(known) != collectors:
        sys.exit("bench/exchange.py: above the bounds")


if __name__ == "__main__":
    main()
