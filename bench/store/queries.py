"""What each named query costs on a tenth of the rows and on all of them, and what the tables take on disk."""

import statistics
import sys

from .questions import DAY, all_of_them, world_of
from .rig import DAYS, settle

RUNS = 10
MILLISECONDS_MAX = 200
# A text is looked for in every row of the range.
MILLISECONDS_MAX_OF = {"reports_grouped": 1000}
GROWTH_MAX = 1.5
# Below this a difference is the machine's: an empty answer takes 3 to 10 ms.
NOISE_MILLISECONDS = 20
BYTES_PER_ROW_MAX = 64
BYTES_PER_REPORT_MAX = 5


def measure(rig, rows):
    # The same traffic, three days of it and thirty: what grows is the past.
    small = rig.database("small", DAYS // 10, rows)
    big = rig.database("big", DAYS, rows)
    for clickhouse in (small, big):
        settle(clickhouse)
    missed = sizes(big) + costs(small, big)
    if missed:
        sys.exit("bench/store: missed: " + "; ".join(missed))


def sizes(clickhouse):
    """What is on disk, projections included."""
    print("| table | parts | rows | bytes | bytes a row |\n| --- | ---: | ---: | ---: | ---: |")
    parts = clickhouse.lines(
        "SELECT table, count(), sum(rows), sum(bytes_on_disk) FROM system.parts "
        "WHERE database = currentDatabase() AND active GROUP BY table ORDER BY sum(bytes_on_disk) DESC"
    )
    for table, count, rows, size in parts:
        print(f"| `{table}` | {count} | {int(rows):,} | {int(size):,} | {int(size) / int(rows):.1f} |")
    reports, distinct = map(int, clickhouse.lines("SELECT sum(count), count() FROM reports")[0])
    per_row = next(int(size) / int(rows) for table, _, rows, size in parts if table == "reports")
    per_report = sum(int(size) for *_, size in parts) / reports
    print(f"\n{reports:,} reports accepted, {1 - distinct / reports:.1%} of them repetitions: "
          f"{per_row:.1f} bytes a row of `reports`, {per_report:.2f} bytes a report in all tables together\n")
    missed = []
    if per_row > BYTES_PER_ROW_MAX:
        missed.append(f"{per_row:.1f} bytes a row")
    if per_report > BYTES_PER_REPORT_MAX:
        missed.append(f"{per_report:.2f} bytes a report")
    return missed


def costs(small, big):
    end = int(big.ask("SELECT toUnixTimestamp(toDateTime(max(toDate(received_at)), 'UTC')) FROM reports")) * 1000 + DAY
    worlds = [(clickhouse, world_of(clickhouse, end)) for clickhouse in (small, big)]
    print("| query | range | ms, a tenth | ms, all | growth | rows read, a tenth | all |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    missed = []
    for question in all_of_them():
        (before, few), (after, many) = cost(question, worlds)
        growth = after / max(before, NOISE_MILLISECONDS)
        print(f"| `{question.name}` | {question.range} | {before:.0f} | {after:.0f} | {growth:.2f} | {few:,} | {many:,} |",
              flush=True)
        if after > MILLISECONDS_MAX_OF.get(question.name, MILLISECONDS_MAX):
            missed.append(f"{question.name} takes {after:.0f} ms")
        # A question about all of the past reads more where there is more of it, and so does one about more days than there are
        # in the smaller world.
        days = question.past() / DAY
        if question.range != "all" and growth > GROWTH_MAX * max(1, days / (DAYS // 10)):
            missed.append(f"{question.name} grows {growth:.2f} times")
    return missed


def cost(question, worlds):
    """Of each world the median of the milliseconds, warm, and the rows that are read. They take turns."""
    runs = []
    for _ in range(RUNS + 2):
        runs.append([clickhouse.measure(question.sql, question.parameters(world)) for clickhouse, world in worlds])
    medians = [statistics.median(seconds * 1000 for _, seconds, _ in of_one) for of_one in zip(*runs[2:])]
    return list(zip(medians, [rows for *_, rows in runs[-1]]))
