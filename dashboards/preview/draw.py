"""Draws a dashboard as one page of HTML without scripts: enough to look at, not Grafana."""

import datetime
import html
import math

from preview.shape import series

CELL_WIDTH, CELL_HEIGHT = 56, 34
PALETTE = ["#73bf69", "#f2cc0c", "#8ab8ff", "#ff9830", "#f2495c", "#b877d9", "#5794f2", "#96d98d"]
COLORS = {"green": "#73bf69", "orange": "#ff9830", "red": "#f2495c", "dark-red": "#c4162a", "blue": "#5794f2", "purple": "#b877d9"}
STYLE = """
body { background: #111217; color: #ccccdc; font: 12px sans-serif; margin: 8px; }
section { position: absolute; overflow: hidden; background: #181b1f; border: 1px solid #2c3235; border-radius: 2px; box-sizing: border-box; }
section.row { background: none; border: none; font-size: 15px; font-weight: bold; padding: 8px; }
h2 { font-size: 12px; margin: 4px 8px; } p { margin: 4px 8px; color: #8e8e9e; } .big { font-size: 34px; text-align: center; margin: 14px 0; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: 3px 8px; border-bottom: 1px solid #2c3235; white-space: nowrap; }
.good { color: #73bf69; text-align: center; margin-top: 24px; } .failed { color: #f2495c; }
"""


def page(dashboard, drawn, times):
    """`drawn`: id of a panel -> its tables, or what failed."""
    panels = dashboard["panels"]
    height = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in panels) * CELL_HEIGHT + 60
    title = f"<h1 style='font-size:17px'>{html.escape(dashboard['title'])}: {html.escape(dashboard['description'])}</h1>"
    body = "".join(_panel(panel, drawn.get(panel["id"]), times) for panel in panels)
    content = f"<div style='position:relative;height:{height}px'>{body}</div>"
    return f"<!doctype html><meta charset=utf-8><title>{html.escape(dashboard['title'])}</title><style>{STYLE}</style>{title}{content}", height + 60


def _panel(panel, tables, times):
    place = panel["gridPos"]
    width, height = place["w"] * CELL_WIDTH - 6, place["h"] * CELL_HEIGHT - 6
    where = f"left:{place['x'] * CELL_WIDTH}px;top:{place['y'] * CELL_HEIGHT}px;width:{width}px;height:{height}px"
    if panel["type"] == "row":
        return f"<section class=row style='{where}'>{html.escape(panel['title'])}</section>"
    if isinstance(tables, str):
        content = f"<p class=failed>{html.escape(tables)}</p>"
    elif not any(table.rows for table in tables):
        content = f"<p class=good>{html.escape(panel['fieldConfig']['defaults'].get('noValue', 'No data'))}</p>"
    else:
        content = DRAWN[panel["type"]](panel, tables, times, width, height - 26)
    return f"<section style='{where}'><h2>{html.escape(panel['title'])}</h2>{content}</section>"


def _stat(panel, tables, _times, _width, _height):
    value = tables[0].rows[-1][-1]
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    color = [step["color"] for step in steps if step["value"] is None or value >= step["value"]][-1]
    return f"<div class=big style='color:{_color(color)}'>{html.escape(_shown(value, panel['fieldConfig']['defaults'].get('unit')))}</div>"


def _table(panel, tables, _times, _width, _height):
    (table,) = tables
    units = {
        override["matcher"]["options"]: one["value"]
        for override in panel["fieldConfig"]["overrides"] for one in override["properties"] if one["id"] == "unit"
    }
    head = "".join(f"<th>{html.escape(name)}</th>" for name in table.columns)
    lines = ""
    for row in table.rows[:40]:
        shown = (_shown(cell, "time" if name in table.times else units.get(name)) for name, cell in zip(table.columns, row))
        lines += "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in shown) + "</tr>"
    return f"<table><tr>{head}</tr>{lines}</table>"


def _timeseries(panel, tables, times, width, height):
    lines = {name: points for table in tables for name, points in series(table).items()}
    custom = panel["fieldConfig"]["defaults"].get("custom", {})
    is_bars = custom.get("drawStyle") == "bars"
    is_stacked = custom.get("stacking", {}).get("mode") == "normal"
    values = [value for points in lines.values() for _, value in points if value is not None and not math.isnan(value)]
    sums = {}
    for points in lines.values():
        for at, value in points:
            sums[at] = sums.get(at, 0) + (value or 0)
    top = max([*(sums.values() if is_bars else values), 0]) or 1
    plot = height - 40

    def x(at):
        return 60 + (width - 70) * (at - times.from_ms) / (times.to_ms - times.from_ms)

    def y(value):
        return plot - (plot - 10) * value / top

    unit = panel["fieldConfig"]["defaults"].get("unit")
    shapes, legend, below = "", "", dict.fromkeys(sums, 0)
    for index, (name, points) in enumerate(lines.items()):
        color = _color_of(panel, name, index)
        legend += f"<tspan fill='{color}'>&#9632; {html.escape(name[:60])}  </tspan>"
        if is_bars:
            for at, value in points:
                start = below[at] if is_stacked else 0
                shapes += f"<rect x='{x(at):.1f}' y='{y(start + value):.1f}' width='3' height='{y(0) - y(value):.1f}' fill='{color}'/>"
                below[at] += value
        else:
            path = " ".join(f"{x(at):.1f},{y(value):.1f}" for at, value in points if not math.isnan(value))
            shapes += f"<polyline points='{path}' fill='none' stroke='{color}'/>"
    axis = "".join(
        f"<text x='4' y='{y(part * top) + 4:.0f}' fill='#8e8e9e'>{html.escape(_shown(part * top, unit))}</text>"
        f"<line x1='60' x2='{width - 10}' y1='{y(part * top):.0f}' y2='{y(part * top):.0f}' stroke='#2c3235'/>"
        for part in (0, 0.5, 1)
    )
    clock = "".join(
        f"<text x='{x(at):.0f}' y='{plot + 14}' fill='#8e8e9e'>{_shown(at, 'time')[5:16]}</text>"
        for at in (times.from_ms, (times.from_ms + times.to_ms) // 2)
    )
    return f"<svg width='{width}' height='{height}'>{axis}{clock}{shapes}<text x='8' y='{height - 6}'>{legend}</text></svg>"


def _barchart(panel, tables, _times, width, height):
    (table,) = tables
    rows = [(row[0], row[1:]) for row in table.rows]
    top = max(sum(cells) for _, cells in rows) or 1
    shapes, step = "", min(28, (height - 30) / len(rows))
    for line, (name, cells) in enumerate(rows):
        x = 150
        shapes += f"<text x='4' y='{line * step + step * 0.7:.0f}' fill='#ccccdc'>{html.escape(name[:22] or '(none)')}</text>"
        for index, cell in enumerate(cells):
            long = (width - 170) * cell / top
            color = _color_of(panel, table.columns[index + 1], index)
            shapes += f"<rect x='{x:.1f}' y='{line * step + 2:.1f}' width='{long:.1f}' height='{step - 4:.1f}' fill='{color}'/>"
            x += long
    names = enumerate(table.columns[1:])
    legend = "".join(f"<tspan fill='{_color_of(panel, name, index)}'>&#9632; {html.escape(name)}  </tspan>" for index, name in names)
    return f"<svg width='{width}' height='{height}'>{shapes}<text x='8' y='{height - 6}'>{legend}</text></svg>"


DRAWN = {"stat": _stat, "table": _table, "timeseries": _timeseries, "barchart": _barchart}


def _color(name):
    return COLORS.get(name, name)


def _color_of(panel, name, index):
    for override in panel["fieldConfig"]["overrides"]:
        if override["matcher"]["options"] in (name, f"/\\b{name}\\b/"):
            for one in override["properties"]:
                if one["id"] == "color":
                    return _color(one["value"]["fixedColor"])
    return PALETTE[index % len(PALETTE)]


def _shown(value, unit=None):
    """A value in a unit of Grafana."""
    if value is None:
        return ""
    if unit in ("time", "dateTimeFromNow"):
        return datetime.datetime.fromtimestamp(value / 1000, datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    if math.isnan(value):
        return "NaN"
    if unit == "percentunit":
        return f"{100 * value:.0f} %"
    if unit == "bytes":
        return f"{value / 2**20:.1f} MiB"
    if unit == "s":
        return f"{value * 1000:.1f} ms" if value < 1 else f"{value:.1f} s"
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"
