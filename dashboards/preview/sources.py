"""Asks Prometheus and ClickHouse what a panel asks. Answers are tables: names of columns, and rows."""

import base64
import collections
import datetime
import json
import urllib.error
import urllib.parse
import urllib.request

from preview.expand import expand

# `times`: the columns that are moments.
Table = collections.namedtuple("Table", "columns rows times")


class SourceError(Exception):
    """What a data source answered instead of rows."""


class Sources:
    """The two data sources that the dashboards name."""

    def __init__(self, arguments):
        self.prometheus, self.clickhouse = arguments.prometheus.rstrip("/"), arguments.clickhouse.rstrip("/")
        self.database = arguments.database
        password = arguments.password_file.read_text().strip() if arguments.password_file else ""
        self.login = base64.b64encode(f"{arguments.user}:{password}".encode()).decode()

    def ask(self, target, times, chosen):
        """What a target of a panel gives."""
        if target["datasource"]["type"] == "prometheus":
            return self._prometheus(target, times, chosen)
        return self.rows(expand(target["rawSql"], times, chosen))

    def rows(self, sql):
        """The rows of a ClickHouse query; moments in milliseconds since 1970."""
        address = f"{self.clickhouse}/?{urllib.parse.urlencode({'database': self.database, 'default_format': 'JSONCompact'})}"
        request = urllib.request.Request(address, sql.encode(), {"Authorization": f"Basic {self.login}"})
        answer = _json(request)
        columns, kinds = ([column[key] for column in answer["meta"]] for key in ("name", "type"))
        times = {name for name, kind in zip(columns, kinds) if kind.removeprefix("Nullable(").startswith("Date")}
        rows = [[_value(cell, name in times, kind) for cell, name, kind in zip(row, columns, kinds)] for row in answer["data"]]
        return Table(columns, rows, times)

    def _prometheus(self, target, times, chosen):
        asked = {"query": expand(target["expr"], times, chosen)}
        if target["instant"]:
            path, asked["time"] = "query", times.to_ms / 1000
        else:
            path = "query_range"
            asked |= {"start": times.from_ms / 1000, "end": times.to_ms / 1000, "step": times.step_seconds}
        result = _json(f"{self.prometheus}/api/v1/{path}?{urllib.parse.urlencode(asked)}")["data"]["result"]
        if not target["instant"]:
            points = [(labels(target, one["metric"]), point) for one in result for point in one["values"]]
            return Table(["time", "series", "value"], [[1000 * at, name, float(value)] for name, (at, value) in points], {"time"})
        names = sorted({name for one in result for name in one["metric"]})
        value = f"Value #{target['refId']}" if target.get("several") else "Value"
        rows = [[one["metric"].get(name, "") for name in names] + [float(one["value"][1])] for one in result]
        return Table([*names, value], rows, set())


def labels(target, metric):
    """What the legend calls a series."""
    if legend := target.get("legendFormat"):
        return expand_legend(legend, metric)
    return ", ".join(f"{name}={value}" for name, value in sorted(metric.items())) or "value"


def expand_legend(legend, metric):
    for name, value in metric.items():
        legend = legend.replace("{{" + name + "}}", value)
    return legend


def _value(cell, is_time, kind):
    if is_time and cell is not None:
        return datetime.datetime.fromisoformat(cell).replace(tzinfo=datetime.timezone.utc).timestamp() * 1000
    # ClickHouse writes 64 bits as text, so that no reader rounds them.
    return int(cell) if kind in ("UInt64", "Int64") and isinstance(cell, str) else cell


def _json(request):
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise SourceError(f"{error.code}: {error.read(2000).decode(errors='replace').strip()}") from error
    except urllib.error.URLError as error:
        raise SourceError(f"{getattr(request, 'full_url', request)}: {error.reason}") from error
