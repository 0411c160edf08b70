"""Other order keys, types and codecs for `reports`, on a day of rows: bytes, and what writing and reading them costs."""

import time

from .clickhouse import ClickHouse
from .rig import between_seals, fill

KEY = "site, page_group, verdict, destination, received_at"
BY_VIOLATION = "site, page_group, verdict, destination, fingerprint, received_at"
TIMES = ("received_at", "first_seen", "last_seen")
COUNTS = ("count", "clients", "line")
HOSTS = ("destination", "blocked_host", "document_host", "source_host")

# Name, order key, codec of all columns, codecs of some, columns of low cardinality.
ALTERNATIVES = [
    ("LZ4, as before", KEY, "LZ4", {}, ()),
    ("ZSTD(1)", KEY, "ZSTD(1)", {}, ()),
    ("ZSTD(3)", KEY, "ZSTD(3)", {}, ()),
    ("ZSTD(6)", KEY, "ZSTD(6)", {}, ()),
    ("ZSTD(3), times Delta", KEY, "ZSTD(3)", dict.fromkeys(TIMES, "Delta(8), ZSTD(3)"), ()),
    ("ZSTD(3), times DoubleDelta", KEY, "ZSTD(3)", dict.fromkeys(TIMES, "DoubleDelta, ZSTD(3)"), ()),
    ("**ZSTD(3), numbers T64**", KEY, "ZSTD(3)", dict.fromkeys(TIMES + COUNTS, "T64, ZSTD(3)"), ()),
    ("the same, hosts of low cardinality", KEY, "ZSTD(3)", dict.fromkeys(TIMES + COUNTS, "T64, ZSTD(3)"), HOSTS),
    ("the same, `batch_id` of low cardinality", KEY, "ZSTD(3)", dict.fromkeys(TIMES + COUNTS, "T64, ZSTD(3)"), ("batch_id",)),
    ("LZ4, ordered by violation", BY_VIOLATION, "LZ4", {}, ()),
    ("ZSTD(3), T64, ordered by violation", BY_VIOLATION, "ZSTD(3)", dict.fromkeys(TIMES + COUNTS, "T64, ZSTD(3)"), ()),
]
READINGS = [
    "SELECT verdict, sum(count) FROM tried GROUP BY verdict",
    "SELECT document_path, sum(count) FROM tried WHERE verdict = 'unknown' GROUP BY document_path",
]


def measure(rig, rows):
    rig.migrate("alternatives")
    clickhouse = ClickHouse(rig.port, "alternatives")
    for view in ("minutes_of_reports", "hours_of_reports", "days_of_violations"):
        clickhouse.ask(f"DROP TABLE {view}")
    fill(clickhouse, 29, between_seals(rows), ["reports"])
    columns = [tuple(line) for line in clickhouse.lines(
        "SELECT name, replaceAll(type, '\\'', '`') FROM system.columns "
        "WHERE database = currentDatabase() AND table = 'reports' ORDER BY position"
    )]
    print("| `reports` | bytes a row | write, s | merge, s | read numbers, ms | read texts, ms |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, *alternative in ALTERNATIVES:
        size, written, merged, read = attempt(clickhouse, columns, *alternative)
        readings = " | ".join(f"{seconds * 1000:.0f}" for seconds in read)
        print(f"| {name} | {size:.1f} | {written:.1f} | {merged:.1f} | {readings} |", flush=True)


def attempt(clickhouse, columns, key, codec, codecs, low):
    clickhouse.ask("DROP TABLE IF EXISTS tried SYNC")
    described = ", ".join(
        f"`{name}` {'LowCardinality(String)' if name in low else kind.replace('`', chr(39))} CODEC({codecs.get(name, codec)})"
        for name, kind in columns
    )
    clickhouse.ask(
        f"CREATE TABLE tried ({described}) ENGINE = MergeTree PARTITION BY toYYYYMMDD(received_at) ORDER BY ({key})"
    )
    written = clickhouse.measure("INSERT INTO tried SELECT * FROM reports", max_insert_threads=1, max_threads=1)[1]
    started = time.monotonic()
    clickhouse.ask("OPTIMIZE TABLE tried FINAL")
    merged = time.monotonic() - started
    size = clickhouse.ask(
        "SELECT sum(bytes_on_disk) / sum(rows) FROM system.parts "
        "WHERE database = currentDatabase() AND table = 'tried' AND active"
    )
    read = [min(clickhouse.measure(sql)[1] for _ in range(5)) for sql in READINGS]
    return float(size), written, merged, read
