"""What panels ask: the named queries of src/store/queries in Grafana's words, and PromQL."""

import pathlib
import re

from grafana_foundation_sdk.builders import prometheus
from grafana_foundation_sdk.cog import builder, variants
from grafana_foundation_sdk.models.dashboard import DataSourceRef
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

NAMED = pathlib.Path(__file__).parents[2] / "src/store/queries"
PROMETHEUS = DataSourceRef(type_val="prometheus", uid="${prometheus}")
CLICKHOUSE = DataSourceRef(type_val="grafana-clickhouse-datasource", uid="${clickhouse}")

# Variables that may stand for several values, and for all of them by this one, which no site or page group is called: a
# pattern for PromQL. So all are all also where nobody could list them.
MANY = ("site", "page_group")
ALL = ".*"
# At least a minute, which is what the tables count by. `$__interval_ms` is a number of Grafana's own.
STEP = "greatest(60, intDiv($__interval_ms, 1000))"


def chosen(variable):
    """What a person chose, as text of ClickHouse. Grafana's own forms for SQL leave a backslash as it is, so that a crafted
    link could leave its quotes; percent-encoded, no character of it means anything.
    """
    return f"decodeURLComponent('${{{variable}:percentencode}}')"


def _many(column, variable):
    """A condition: the column is one of the chosen values, `{a,b}` where there are several, or all are chosen. ClickHouse
    computes everything but the column beforehand, and uses its index.
    """
    values = f"splitByChar(',', trim(BOTH '{{}}' FROM {chosen(variable)}))"
    return f"({chosen(variable)} = '{ALL}' OR {column} IN {values})"


def _literal(value):
    """A text, a number, or a tuple of texts, which has a type even where it is empty."""
    match value:
        case str():
            return f"'{value}'"
        case tuple():
            return f"CAST([{', '.join(map(_literal, value))}], 'Array(String)')"
    return str(value)


def sql(name, **constants):
    """A named query. ClickHouse's parameters become Grafana's variables, and the dashboard's time. `constants`: what is no
    variable; the empty text stands for all.
    """
    text = (NAMED / f"{name}.sql").read_text()
    text = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("-- "))
    for variable in MANY:
        either = re.compile(r"\(\{%s:String\} = '' OR ([\w.]+) = \{%s:String\}\)" % (variable, variable))
        one = re.compile(r"([\w.]+) = \{%s:String\}" % variable)
        for pattern in (either, one):
            text = pattern.sub(lambda found: "true" if constants.get(variable) == "" else _many(found[1], variable), text)
    values = {
        "from": "${__from}", "to": "${__to}", "step": STEP, "destination": chosen("destination"),
        "gap": f"toUInt32OrDefault({chosen('gap')}, toUInt32(3600))",
    }
    values |= {constant: _literal(value) for constant, value in constants.items()}
    text = re.sub(r"(?<!\$)\{(\w+):[\w()]+\}", lambda parameter: values[parameter[1]], text)
    assert not re.search(r"\{\w+:(String|U?Int|Array)", text), f"{name}: {text}"
    return text.strip()


class ClickHouseQuery(variants.Dataquery):
    """The query of grafana-clickhouse-datasource, version 4: its SQL editor's."""

    def __init__(self, text, over_time):
        self.text, self.over_time = text, over_time

    def to_json(self):
        kind = "timeseries" if self.over_time else "table"
        return {
            "datasource": CLICKHOUSE,
            "editorType": "sql",
            "format": 0 if self.over_time else 1,
            "pluginVersion": "4.20.0",
            "queryType": kind,
            "rawSql": self.text,
            "refId": "A",
        }


class _Built(builder.Builder[variants.Dataquery]):
    def __init__(self, query):
        self.query = query

    def build(self):
        return self.query


def rows(name, **constants):
    """A table of rows."""
    return _Built(ClickHouseQuery(sql(name, **constants), over_time=False))


def over_time(name, **constants):
    """A series for each value of the query's text column. Where its number is called `Value`, that value is its name."""
    return _Built(ClickHouseQuery(sql(name, **constants), over_time=True))


def series(expression, legend="", ref="A"):
    """A series over the dashboard's range for each that the expression gives."""
    query = prometheus.Dataquery().expr(expression).ref_id(ref).range().datasource(PROMETHEUS)
    return query.legend_format(legend) if legend else query


def now(expression, ref="A"):
    """What the expression gives now, a row for each series."""
    return prometheus.Dataquery().expr(expression).ref_id(ref).instant().format(PromQueryFormat.TABLE).datasource(PROMETHEUS)
