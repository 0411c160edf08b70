"""A ClickHouse with the real tables, filled with rows that are made up there, the same for the same seed."""

import pathlib
import subprocess
import sys

from services import Services, free_port, until

from .clickhouse import ClickHouse

SQL = pathlib.Path("bench/store/generate")
SEED = 1
DAYS = 30
ROWS_PER_SEAL = 193
DAY_SECONDS = 86_400
# In this order the sink sends them.
TABLES = ("sightings", "limited", "policies", "reports")
# What people and collectors write besides, made from those.
BESIDES = ("alerts", "decisions", "notes", "script_decisions", "releases", "drills", "collectors")


class Rig(Services):
    """`place`: a directory for ClickHouse's data that stays; without it they are gone at the end."""

    def __init__(self, program, place=None):
        super().__init__(program, "store")
        self.port = free_port()
        self.data = place or f"{self.place}/clickhouse"
        self.server = self.clickhouse(self.port, data=self.data)

    def database(self, name, days, rows):
        """The last `days` of 30 days of `rows`; made unless it is there already."""
        clickhouse = ClickHouse(self.port, name)
        seal_seconds = between_seals(rows / DAYS)
        wanted = days * (DAY_SECONDS // seal_seconds) * ROWS_PER_SEAL
        there = "SELECT count() FROM system.tables WHERE database = currentDatabase() AND name = 'reports'"
        if ClickHouse(self.port, "system").ask(there.replace("currentDatabase()", f"'{name}'")) == "1":
            found = int(clickhouse.ask("SELECT count() FROM reports"))
            if abs(found - wanted) <= wanted // 100:
                return clickhouse
            sys.exit(f"bench/store: {self.data} has {found} rows in {name}, not {wanted}; remove it")
        self.migrate(name)
        for day in range(DAYS - days, DAYS):
            fill(clickhouse, day, seal_seconds)
            print(f"{name}: day {day + 1} of {DAYS} is made", file=sys.stderr, flush=True)
        for table in BESIDES:
            insert(clickhouse, table, (SQL / f"people/{table}.sql").read_text(), parameters(clickhouse))
        return clickhouse

    def migrate(self, name):
        environment = {
            "CSPWATCH__CLICKHOUSE__URL": f"http://127.0.0.1:{self.port}",
            "CSPWATCH__CLICKHOUSE__DATABASE": name,
        }
        subprocess.run([self.program, "migrate"], env=environment, check=True, stdout=self.log)


def between_seals(rows_a_day):
    return max(1, round(DAY_SECONDS * ROWS_PER_SEAL / rows_a_day))


def fill(clickhouse, day, seal_seconds, tables=TABLES):
    """One day. Its last second is yesterday's, so nothing of it is old enough to be deleted."""
    rows = (SQL / "rows.sql").read_text()
    of_day = parameters(clickhouse) | {"day": day, "seal_seconds": seal_seconds}
    for table in tables:
        sql = rows if table == "reports" else (SQL / f"{table}.sql").read_text().replace("${rows}", rows)
        insert(clickhouse, table, sql, of_day)


def parameters(clickhouse):
    """The first day begins 30 days before today."""
    midnight = int(clickhouse.ask("SELECT toUnixTimestamp(toStartOfDay(now('UTC')))"))
    return {"seed": SEED, "begin": midnight - DAYS * DAY_SECONDS}


def insert(clickhouse, table, sql, of_rows):
    """The rows that `sql` makes, by the names of their columns."""
    columns = ", ".join(f"`{column}`" for column, in clickhouse.lines(
        f"SELECT name FROM system.columns WHERE database = currentDatabase() AND table = '{table}' ORDER BY position"
    ))
    clickhouse.ask(
        f"INSERT INTO {table} ({columns}) SELECT {columns} FROM ({sql})",
        of_rows,
        insert_deduplicate=0,
        max_insert_threads=1,
    )


def settle(clickhouse):
    """Waits until nothing is being merged."""
    until("merges are done", lambda: clickhouse.ask("SELECT count() FROM system.merges") == "0")
