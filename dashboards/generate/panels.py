"""The panels that the dashboards are made of, all in one look."""

import json
import re

from grafana_foundation_sdk.builders import barchart, common, dashboard, stat, statetimeline, table, text, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as options
from grafana_foundation_sdk.models.dashboard import DataTransformerConfig, DynamicConfigValue, FieldColorModeId
from grafana_foundation_sdk.models.text import TextMode

from generate import looks
from generate.looks import BLIND, GREEN, NEUTRAL, ORANGE, RED, VERDICTS, levels
from generate.queries import CLICKHOUSE, PROMETHEUS

NOBODY_KNOWS = "?"
EMPTY_CELL = "–"
# From here on there is a value at all.
LOWEST = -1e12
# More bars than that are hairlines.
BARS_MAX = 150


def number(title, description, query, unit="locale", bad=None, worse=None, counts_trouble=True, least=None, decimals=0, links=(), span=4, height=4):
    """One number, whole. `bad`, `worse`: from where on it is orange or red; below, no trouble is green. `least`: below it is red.
    Without a value it is neither: nobody knows.
    """
    steps = [(LOWEST, GREEN if counts_trouble else NEUTRAL)] if least is None else [(LOWEST, RED), (least, NEUTRAL)]
    steps += [(value, color) for value, color in ((bad, ORANGE), (worse, RED)) if value is not None]
    panel = _stat(title, description, query).unit(unit).thresholds(levels(BLIND, *steps)).height(height).span(span).decimals(decimals)
    return _linked(panel, links)


def state(title, description, query, texts, links=()):
    """One word: `texts` are value -> (text, colour)."""
    panel = _stat(title, description, query).unit("none").thresholds(levels(BLIND)).mappings([looks.words(texts)]).height(4).span(6)
    return _linked(panel.color_mode(options.BigValueColorMode.BACKGROUND_SOLID), links)


def facts(title, description, query, fields, span=24, height=4):
    """The columns of one row, beside each other. `fields`: column -> (unit, thresholds or None)."""
    panel = _stat(title, description, query).unit("string").thresholds(levels(NEUTRAL)).height(height).span(span)
    panel = panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).fields("/.*/")).orientation(options.VizOrientation.VERTICAL)
    for column, (unit, thresholds) in fields.items():
        properties = [DynamicConfigValue("displayName", looks.WORDS.get(column, column)), DynamicConfigValue("unit", unit)]
        if thresholds:
            properties.append(DynamicConfigValue("thresholds", thresholds.build()))
        panel = panel.override_by_name(column, properties)
    return panel.no_value("Not reported")


def sentence(title, description, query, span=24):
    """A text that a query gives, as large as it fits."""
    panel = facts(title, description, query, {}, span=span, height=3)
    return panel.text_mode(options.BigValueTextMode.VALUE)


def listing(title, description, *queries, units=None, links=None, when_empty="None.", hidden=(), names=None, order=(), sort=(), span=24, height=8):
    """A table. `units`, `links`: by column. `names`: of columns, where PromQL gives `Value #A`; `order`: of these. `sort`: (column,
    whether the largest is first).
    """
    names, links, units = names or {}, links or {}, units or {}
    panel = table.Panel().title(title).description(description).height(height).span(span).thresholds(levels(NEUTRAL)).datasource(_source(queries))
    for query in queries:
        panel = panel.with_target(query)
    if len(queries) > 1:
        panel = panel.with_transformation(DataTransformerConfig(id_val="merge", options={}))
    if names or hidden or order:
        places = {column: place for place, column in enumerate(order)}
        arranged = {"excludeByName": dict.fromkeys(hidden, True), "indexByName": places, "renameByName": names}
        panel = panel.with_transformation(DataTransformerConfig(id_val="organize", options=arranged))
    # The text is for the panel without rows. But Grafana writes it into every empty cell, too.
    panel = panel.no_value(when_empty).override_by_regexp("/.*/", [DynamicConfigValue("noValue", EMPTY_CELL)])
    # No unit for all columns: `none` would make numbers of texts, and 4711 of the tag 004711.
    panel = panel.override_by_field_type("number", [DynamicConfigValue("unit", "locale"), DynamicConfigValue("decimals", 0)])
    for column in _columns(queries, names):
        panel = panel.override_by_name(column, _look(column, units, links))
    by = [common.TableSortByFieldState().display_name(looks.WORDS.get(column, column)).desc(descending) for column, descending in sort]
    return panel.sort_by(by) if by else panel


def curves(title, description, *queries, unit="locale", span=12, height=8, limit=None, when_empty=None):
    """Lines over time. `limit`: a line that they should not cross."""
    panel = _over_time(title, description, queries, span, height).unit(unit).fill_opacity(10).legend(looks.legend("lastNotNull", "max"))
    if limit is not None:
        panel = panel.thresholds(levels(GREEN, (limit, RED))).thresholds_style(
            common.GraphThresholdsStyleConfig().mode(options.GraphThresholdsStyleMode.DASHED)
        )
    return panel.no_value(when_empty) if when_empty else panel


def bars(title, description, *queries, unit="locale", span=24, height=8, colors=None, when_empty="No reports in this time.", mode=options.StackingMode.NORMAL):
    """Counts over time, by default one upon the other."""
    panel = _over_time(title, description, queries, span, height).unit(unit).decimals(0).fill_opacity(80).legend(looks.legend("sum"))
    panel = panel.max_data_points(BARS_MAX).draw_style(options.GraphDrawStyle.BARS).stacking(common.StackingConfig().mode(mode).group("A"))
    for name, color in (colors or {}).items():
        panel = panel.override_by_name(name, [looks.fixed(color)])
    return panel.no_value(when_empty)


def states(title, description, query, texts, height=6, when_empty="Not reported in this time."):
    """A lane for each series, in the colours of what it was: `texts` are value -> (text, colour)."""
    panel = statetimeline.Panel().max_data_points(BARS_MAX).title(title).description(description).height(height).span(24).with_target(query).datasource(CLICKHOUSE)
    panel = panel.unit("none").thresholds(levels(BLIND)).mappings([looks.words(texts)]).legend(looks.legend()).tooltip(looks.tooltip())
    panel = panel.merge_values(True).show_value(options.VisibilityMode.NEVER).color_scheme(dashboard.FieldColor().mode(FieldColorModeId.THRESHOLDS))
    return panel.no_value(when_empty)


def shares(title, description, query, row):
    """How often each value of `row` occurs, divided by verdict."""
    matrix = {"rowField": row, "columnField": "verdict", "valueField": "reports"}
    panel = barchart.Panel().title(title).description(description).with_target(query).height(8).span(8).unit("locale").decimals(0)
    panel = panel.with_transformation(DataTransformerConfig(id_val="groupingToMatrix", options=matrix)).thresholds(levels(NEUTRAL))
    panel = panel.orientation(options.VizOrientation.HORIZONTAL).stacking(options.StackingMode.NORMAL).legend(looks.legend()).tooltip(looks.tooltip())
    for name, color in VERDICTS.items():
        panel = panel.override_by_name(name, [looks.fixed(color)])
    return panel.datasource(CLICKHOUSE).no_value("No reports in this time.")


def words(title, description, content, span=8, height=8):
    """A text of ours. No variable stands in it, so nothing that a report said does."""
    assert "$" not in content, content
    return text.Panel().title(title).description(description).mode(TextMode.MARKDOWN).content(content).unit("string").span(span).height(height)


def heading(title):
    """A row of its own, above the panels that follow."""
    return dashboard.Row(title)


class Folded:
    """Panels below a heading that somebody has to open."""

    def __init__(self, title, panels):
        self.title, self.panels = title, list(panels)


def _stat(title, description, query):
    reduced = common.ReduceDataOptions().calcs(["lastNotNull"])
    panel = stat.Panel().title(title).description(description).with_target(query).datasource(_source([query])).reduce_options(reduced)
    panel = panel.graph_mode(options.BigValueGraphMode.NONE).color_mode(options.BigValueColorMode.VALUE)
    return panel.no_value(NOBODY_KNOWS)


def _linked(panel, links):
    # Built by hand: the SDK's links of panels are those of dashboards.
    return panel.override_by_regexp("/.*/", [DynamicConfigValue("links", [_link(*link) for link in links])]) if links else panel


def _link(words_of_it, url):
    return {"title": words_of_it, "url": url}


def _source(queries):
    """The data source of a panel is that of its first query."""
    return PROMETHEUS if json.loads(json.dumps(queries[0].build(), cls=JSONEncoder))["datasource"]["type"] == "prometheus" else CLICKHOUSE


def _columns(queries, names):
    """The columns that the queries name, of those that have a word."""
    texts = [json.dumps(query.build(), cls=JSONEncoder) for query in queries] + list(names.values())
    return [column for column in looks.WORDS if any(re.search(rf"\b{column}\b", one) for one in texts)]


def _look(column, units, links):
    properties = [DynamicConfigValue("displayName", looks.WORDS[column])]
    if column in looks.WIDTHS:
        properties.append(DynamicConfigValue("custom.width", looks.WIDTHS[column]))
    if column in units:
        properties.append(DynamicConfigValue("unit", units[column]))
    elif column in looks.MOMENTS:
        properties.append(DynamicConfigValue("unit", "dateTimeAsIso"))
    if units.get(column) in looks.WHEN:
        properties.append(DynamicConfigValue("custom.align", "left"))
    if column in looks.DAYS:
        properties.append(DynamicConfigValue("unit", "time:YYYY-MM-DD"))
    if column in looks.LONG:
        properties.append(DynamicConfigValue("custom.cellOptions", {"type": "auto", "wrapText": True}))
    if column == "severity":
        properties += looks.severity()
    if column == "score":
        properties.append(DynamicConfigValue("decimals", 1))
    if column in links:
        properties.append(DynamicConfigValue("links", [_link(*link) for link in links[column]]))
    return properties


def _over_time(title, description, queries, span, height):
    panel = timeseries.Panel().title(title).description(description).height(height).span(span).thresholds(levels(NEUTRAL)).tooltip(looks.tooltip())
    panel = panel.color_scheme(dashboard.FieldColor().mode(FieldColorModeId.PALETTE_CLASSIC)).datasource(_source(queries))
    for query in queries:
        panel = panel.with_target(query)
    return panel
