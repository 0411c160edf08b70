"""The panels that the dashboards are made of, all in one look."""

from grafana_foundation_sdk.builders import barchart, common, dashboard, stat, table, timeseries
from grafana_foundation_sdk.models import common as options
from grafana_foundation_sdk.models.dashboard import (
    DataTransformerConfig,
    DynamicConfigValue,
    FieldColorModeId,
    Threshold,
    ThresholdsMode,
)

GREEN, YELLOW, RED = "green", "orange", "red"
# What a verdict looks like, wherever it stands.
VERDICTS = {
    "unknown": "red",
    "impossible": "dark-red",
    "known": "green",
    "own": "blue",
    "inline": "purple",
    "noise": "#8e8e8e",
    "foreign": "orange",
    "other": "#c0c0c0",
}
INCIDENT = "/d/cspwatch-incident?var-site=${__data.fields.site:percentencode}&var-destination=${__value.raw:percentencode}&${__url_time_range}"
SITE = "/d/cspwatch-site?var-site=${__value.raw:percentencode}&${__url_time_range}"


def levels(*steps):
    """Thresholds: green below the first of the steps (value, colour)."""
    marks = [Threshold(color=GREEN), *(Threshold(value=value, color=color) for value, color in steps)]
    return dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(marks)


def number(title, description, query, unit="none", bad=None, worse=None, decimals=None):
    """One number. `bad`, `worse`: from where on it is orange or red."""
    steps = [(value, color) for value, color in ((bad, YELLOW), (worse, RED)) if value is not None]
    reduced = common.ReduceDataOptions().calcs(["lastNotNull"])
    panel = stat.Panel().title(title).description(description).with_target(query).unit(unit).thresholds(levels(*steps))
    panel = panel.reduce_options(reduced).graph_mode(options.BigValueGraphMode.NONE).height(4).span(4)
    panel = panel.color_mode(options.BigValueColorMode.VALUE if steps else options.BigValueColorMode.NONE)
    if decimals is not None:
        panel = panel.decimals(decimals)
    return panel


def listing(title, description, *queries, units=None, links=None, good_when_empty=None, hidden=(), names=None, span=24, height=8):
    """A table. `units`, `links`: by column. `names`: of columns, where PromQL gives `Value #A`."""
    names, dropped = names or {}, dict.fromkeys(hidden, True)
    panel = table.Panel().title(title).description(description).height(height).span(span).thresholds(levels()).unit("none")
    for query in queries:
        panel = panel.with_target(query)
    if len(queries) > 1:
        panel = panel.with_transformation(DataTransformerConfig(id_val="merge", options={}))
    if names or dropped:
        arranged = {"excludeByName": dropped, "indexByName": {}, "renameByName": names}
        panel = panel.with_transformation(DataTransformerConfig(id_val="organize", options=arranged))
    for column, unit in (units or {}).items():
        panel = panel.override_by_name(column, [DynamicConfigValue("unit", unit)])
    for column, (words, url) in (links or {}).items():
        panel = panel.override_by_name(column, [DynamicConfigValue("links", [{"title": words, "url": url}])])
    return panel.no_value(good_when_empty) if good_when_empty else panel


def curves(title, description, *queries, unit="none", span=12, height=8, limit=None):
    """Lines over time. `limit`: a line that they should not cross."""
    panel = _over_time(title, description, queries, span, height).unit(unit).fill_opacity(10)
    if limit is not None:
        panel = panel.thresholds(levels((limit, RED))).thresholds_style(
            common.GraphThresholdsStyleConfig().mode(options.GraphThresholdsStyleMode.DASHED)
        )
    return panel


def bars(title, description, *queries, unit="none", span=24, height=8, colors=None, good_when_empty=None, mode=options.StackingMode.NORMAL):
    """Counts over time, by default one upon the other."""
    panel = _over_time(title, description, queries, span, height).unit(unit).fill_opacity(80)
    panel = panel.draw_style(options.GraphDrawStyle.BARS).stacking(common.StackingConfig().mode(mode).group("A"))
    for name, color in (colors or {}).items():
        panel = panel.override_by_regexp(f"/\\b{name}\\b/", [_fixed(color)])
    return panel.no_value(good_when_empty) if good_when_empty else panel


def shares(title, description, query, row):
    """How often each value of `row` occurs, divided by verdict."""
    matrix = {"rowField": row, "columnField": "verdict", "valueField": "reports"}
    panel = barchart.Panel().title(title).description(description).with_target(query).height(8).span(8).unit("short")
    panel = panel.with_transformation(DataTransformerConfig(id_val="groupingToMatrix", options=matrix)).thresholds(levels())
    panel = panel.orientation(options.VizOrientation.HORIZONTAL).stacking(options.StackingMode.NORMAL).legend(_legend())
    for name, color in VERDICTS.items():
        panel = panel.override_by_name(name, [_fixed(color)])
    return panel


def heading(title):
    """A row of its own, above the panels that follow."""
    return dashboard.Row(title)


def _over_time(title, description, queries, span, height):
    panel = timeseries.Panel().title(title).description(description).height(height).span(span).thresholds(levels()).legend(_legend())
    panel = panel.color_scheme(dashboard.FieldColor().mode(FieldColorModeId.PALETTE_CLASSIC))
    for query in queries:
        panel = panel.with_target(query)
    return panel


def _legend():
    bottom = common.VizLegendOptions().show_legend(True).placement(options.LegendPlacement.BOTTOM)
    return bottom.display_mode(options.LegendDisplayMode.LIST)


def _fixed(color):
    return DynamicConfigValue("color", {"mode": "fixed", "fixedColor": color})
