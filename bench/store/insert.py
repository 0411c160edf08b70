"""Sealed segments into ClickHouse: what a row costs, and whether merges keep up with an hour of seals in minutes."""

import sys
import threading
import time

import backlog
from services import PENDING, Services, cpu_seconds, free_port, metric, query, until

SEALS = 720
PARTS_MAX = 100


def measure(program, mib):
    with Services(program, "drain") as services:
        drain(services, mib)
    with Services(program, "hour") as services:
        hour(services)


def start(services, seal_every, clickhouse, mib=1024):
    public, admin = free_port(), free_port()
    config = backlog.CONFIG.format(public=public, admin=admin, clickhouse=clickhouse, place=services.place, mib=mib)
    config = config.replace("[journal]", f'[journal]\nseal_every = "{seal_every}"')
    return services.collector(config, admin), public, admin


def drain(services, mib):
    """A full journal, then ClickHouse: rows a second, and what one costs."""
    port = free_port()
    collector, public, admin = start(services, "5s", port, mib)
    load = backlog.Load(public)
    load.until_refused()
    used = cpu_seconds(collector)
    server = services.clickhouse(port)
    started = time.monotonic()
    until("the journal is empty", lambda: metric(admin, PENDING) == 0)
    seconds = time.monotonic() - started
    rows = int(query(port, "SELECT count() FROM cspwatch.reports")) + int(query(port, "SELECT count() FROM cspwatch.sightings"))
    sent, stored = (1e6 * cpu / rows for cpu in (cpu_seconds(collector) - used, cpu_seconds(server)))
    print(f"drain: {rows:,} rows of reports and sightings in {seconds:.1f} s, {rows / seconds:,.0f} a second; "
          f"µs of CPU a row: collector {sent:.1f}, ClickHouse {stored:.1f}, merges so far included")


class Steady(backlog.Load):
    """Posts 2,000 distinct reports a second over one connection: some 500 violations a seal."""

    def take(self):
        time.sleep(backlog.REPORTS_PER_BODY / 2_000)
        return super().take()


def hour(services):
    """An hour of seals at 5 s, in some minutes: parts that each table has at most, and whether a seal is one part."""
    port = free_port()
    services.clickhouse(port)
    _, public, _ = start(services, "250ms", port)
    load = Steady(public)
    thread = threading.Thread(target=load.run)
    thread.start()
    most, started = {}, time.monotonic()
    while seals(port) < SEALS:
        for table, parts in active_parts(port):
            most[table] = max(most.get(table, 0), int(parts))
        time.sleep(0.25)
    seconds = time.monotonic() - started
    load.refusal = "enough"
    thread.join()
    acknowledged = "SELECT sum(count) FROM cspwatch.reports"
    until("all of it is stored", lambda: query(port, acknowledged) == str(load.acknowledged))
    sent = seals(port)
    print(f"hour: {sent} seals in {seconds:.0f} s\n\n| table | INSERTs | active parts at most | in the end |")
    print("| --- | ---: | ---: | ---: |")
    left = dict(active_parts(port))
    inserts = dict(line.split("\t") for line in query(port, INSERTS).split("\n"))
    for table, parts in sorted(most.items()):
        print(f"| `{table}` | {inserts[table]} | {parts} | {left[table]} |")
    if max(most.values()) > PARTS_MAX:
        sys.exit(f"bench/store: more than {PARTS_MAX} parts: merges do not keep up")
    if max(map(int, inserts.values())) > sent:
        sys.exit(f"bench/store: more parts than seals ({sent})")


# Every part that is written takes the table's next number, and every mutation; so the last one shows how many there were.
INSERTS = """
SELECT table, blocks - mutations FROM (
    SELECT table, max(max_block_number) AS blocks FROM system.parts
    WHERE database = 'cspwatch' AND table NOT IN ('schema_migrations', 'decisions') GROUP BY table
) AS p LEFT JOIN (
    SELECT table, count() AS mutations FROM system.mutations WHERE database = 'cspwatch' GROUP BY table
) AS m USING (table)
"""


def active_parts(port):
    sql = "SELECT table, count() FROM system.parts WHERE database = 'cspwatch' AND active AND table != 'schema_migrations' GROUP BY table"
    return [line.split("\t") for line in query(port, sql).split("\n") if line]


def seals(port):
    there = query(port, "SELECT count() FROM system.tables WHERE database = 'cspwatch' AND name = 'violations_by_day'")
    return int(query(port, "SELECT uniqExact(batch_id) FROM cspwatch.reports")) if there == "1" else 0
