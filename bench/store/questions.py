"""The named queries of src/store/queries, and what they are asked about here: the worst there is."""

import pathlib
import re

FOLDER = pathlib.Path("src/store/queries")
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
UNITS = {"s": 1000, "min": MINUTE, "h": HOUR, "d": DAY}
# What a file names in words.
MINUTES = 10 * MINUTE


class Question:
    """One file."""

    def __init__(self, path):
        self.name = path.stem
        self.sql = path.read_text()
        self.range = re.search(r"^-- Range: (.*)$", self.sql, re.M).group(1)

    def past(self):
        """So many milliseconds of the past it is asked about here."""
        if self.range.startswith("minutes"):
            return MINUTES
        number = re.fullmatch(r"(\d+) (\w+)", self.range)
        # There are 30 days.
        return min(int(number[1]) * UNITS[number[2]], 30 * DAY) if number else 30 * DAY

    def parameters(self, world):
        names = set(re.findall(r"\{(\w+):", self.sql))
        since = world["to"] - self.past()
        parameters = {name: since if name in ("from", "since") else world[name] for name in names - {"begin"}}
        if "begin" in names:
            # The gate's: since a release of two hours ago, beside the same hours of the days before.
            parameters |= {"begin": since, "from": world["to"] - 2 * HOUR, "hours": "[22,23]"}
        return parameters


def all_of_them():
    """Those that somebody waits for; the others read everything, once in a while."""
    questions = [Question(path) for path in sorted(FOLDER.glob("*.sql"))]
    return [question for question in questions if question.range != "batch"]


def world_of(clickhouse, end):
    """The largest site, the destination with most sightings, the latest batches. `end`: of the data, in ms."""
    site = clickhouse.ask("SELECT site FROM reports_by_day GROUP BY site ORDER BY sum(count) DESC LIMIT 1")
    destination = clickhouse.ask(
        "SELECT destination FROM sightings WHERE destination != '' GROUP BY destination ORDER BY count() DESC LIMIT 1"
    )
    batches = clickhouse.lines(
        "SELECT DISTINCT batch_id FROM sightings WHERE received_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC') "
        "ORDER BY batch_id LIMIT 20",
        {"since": end - 2 * MINUTE},
    )
    others = clickhouse.lines(
        "SELECT destination FROM destinations WHERE site = {site:String} AND destination NOT IN ('', {destination:String}) "
        "GROUP BY destination ORDER BY sum(reports) DESC LIMIT 25",
        {"site": site, "destination": destination},
    )
    received, fingerprint, batch = clickhouse.lines(
        "SELECT toUnixTimestamp64Milli(received_at), fingerprint, batch_id FROM reports "
        "WHERE received_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC') ORDER BY fingerprint LIMIT 1",
        {"since": end - 2 * MINUTE},
    )[0]
    return {
        "to": end,
        "site": site,
        "page_group": "",
        "destination": destination,
        "verdict": "known",
        "gap": 3600,
        "step": 300,
        "limit": 100,
        "sites": array([site]),
        "page_groups": array(["payment"]),
        "destinations": array(name for name, in others),
        "batches": array(batch for batch, in batches),
        "collector": batch.split("-")[0],
        "received_at": received,
        "fingerprint": fingerprint,
        "batch_id": batch,
        "minute": end // 1000 - 60,
        "kind": "csp",
        "tag": clickhouse.ask("SELECT tag FROM sightings WHERE tag != '' GROUP BY tag ORDER BY count() DESC LIMIT 1"),
        "client": 1,
        # The console's: a text that stands in some paths, and no other filter.
        "text": "checkout",
        "directive": "",
        "to_destination": "",
        "engine": "",
        "about": "",
        "list": "",
        "offset": 0,
        # Inferred releases: of whichever hosts.
        "own_hosts": array([]),
        "fingerprints": f"[{fingerprint}]",
        "hours": "[]",
        "version": "1.59",
        # The sink's and the exchange's.
        "own": batch,
        "enough": 5000,
        "start": 0,
        "received_before": end,
        "clients": "[]",
    }


def array(texts):
    return "[" + ",".join(f"'{text}'" for text in texts) + "]"
