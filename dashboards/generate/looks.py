"""Colours, words and units: the same thing looks and is called alike wherever it stands."""

from grafana_foundation_sdk.builders import common, dashboard
from grafana_foundation_sdk.models import common as options
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue, Threshold, ThresholdsMode, ValueMap, ValueMappingResult

GREEN, ORANGE, RED, NEUTRAL = "green", "orange", "red", "text"
# Where nobody can say. Never green: who sees nothing is not safe.
BLIND = "purple"

# What a verdict looks like. `known` is a candidate for the policy and no good news, so it is not green.
VERDICTS = {
    "unknown": "red",
    "impossible": "dark-red",
    "known": "light-blue",
    "own": "semi-dark-blue",
    "inline": "yellow",
    "noise": "#8e8e8e",
    "foreign": "orange",
    "other": "#c0c0c0",
}
SEVERITIES = {"page": RED, "ticket": ORANGE}

# What columns are called.
WORDS = {
    "active_days": "Active days",
    "alert": "Alert",
    "alertname": "Alert",
    "blocked_host": "Host",
    "blocked_path": "Path",
    "by": "By",
    "bytes": "Bytes",
    "changed": "Changed",
    "channel": "Channel",
    "day": "Day",
    "decided_at": "Decided",
    "decision": "Decision",
    "destination": "Destination",
    "destinations": "Destinations",
    "directive": "Directive",
    "disposition": "Disposition",
    "engine": "Engine",
    "first": "First seen",
    "first_seen": "First seen",
    "hash": "Hash",
    "hashes": "Hashes",
    "instance": "Instance",
    "kind": "Kind",
    "last": "Last seen",
    "last report": "Last report",
    "last_day": "Last day",
    "last_minute": "Last report",
    "last_seen": "Last seen",
    "made": "Made",
    "newest": "Newest hash",
    "newest_version": "Newest version",
    "noise_share": "Noise",
    "page_group": "Page group",
    "page_groups": "Page groups",
    "pages": "Pages",
    "parts": "Parts",
    "path": "Page",
    "period_from": "From",
    "period_to": "To",
    "place": "When",
    "policy": "Policy",
    "policy_hash": "Policy's hash",
    "raised": "Raised",
    "reason": "Rule",
    "redelivered": "Sent again",
    "reports": "Reports",
    "reports_a_day": "Reports a day",
    "rows": "Rows",
    "score": "Score",
    "script_host": "Host",
    "script_path": "Path",
    "severity": "Severity",
    "signed": "Signed",
    "since": "Since",
    "site": "Site",
    "sites": "Sites",
    "source_host": "Script's host",
    "source_path": "Script's path",
    "stopped": "Stopped",
    "table": "Table",
    "tag": "Tag",
    "tags": "Tags",
    "time": "Time",
    "unknown": "Unknown",
    "until": "Until",
    "verdict": "Verdict",
    "visitors": "Visitors (±1 %)",
    "clients": "Visitors (±1 %)",
    "what": "What",
    "which": "Which",
    "why": "Why",
}
# Columns of whole days, units that are a time in words, and texts that may need several lines.
DAYS = ("day", "last_day")
WHEN = ("dateTimeFromNow",)
# Moments. Without a unit, Grafana adds milliseconds where all of a table are of one minute.
MOMENTS = ("first", "first_seen", "last", "last_seen", "last_minute", "raised", "time", "decided_at", "period_from", "period_to",
           "until", "changed")
LONG = ("why", "which")
# How wide some of them are, in pixels; the others share what is left.
WIDTHS = {
    "severity": 90, "first": 170, "first_seen": 170, "last": 170, "last_seen": 170, "visitors": 120, "clients": 120, "reports": 90, "stopped": 90,
    "site": 120, "page_group": 110, "active_days": 100, "raised": 170, "score": 70, "time": 170, "day": 120, "last_day": 120, "last_minute": 170,
    "decided_at": 170, "place": 80, "signed": 70, "alertname": 330, "destination": 220, "decision": 130, "policy_hash": 150, "disposition": 110,
    "since": 150, "made": 150, "changed": 170, "last report": 150, "channel": 90, "directive": 140, "engine": 120, "what": 200,
}


def levels(base, *steps):
    """Thresholds: `base` is also the colour of what has no value; then the steps (from, colour)."""
    marks = [Threshold(color=base), *(Threshold(value=value, color=color) for value, color in steps)]
    return dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(marks)


def fixed(color):
    return DynamicConfigValue("color", {"mode": "fixed", "fixedColor": color})


def words(texts):
    """A mapping from values to texts and colours: value -> (text, colour)."""
    pairs = enumerate(texts.items())
    return ValueMap({value: ValueMappingResult(text=text, color=color, index=index) for index, (value, (text, color)) in pairs})


def severity():
    """A cell in the colour of its severity."""
    return [
        DynamicConfigValue("mappings", [words({name: (name, color) for name, color in SEVERITIES.items()})]),
        DynamicConfigValue("custom.cellOptions", {"type": "color-background", "mode": "basic"}),
        DynamicConfigValue("thresholds", {"mode": "absolute", "steps": [{"value": None, "color": "transparent"}]}),
    ]


def legend(*calculated):
    """Names below the graph, with what is calculated of each series."""
    bottom = common.VizLegendOptions().show_legend(True).placement(options.LegendPlacement.BOTTOM)
    kind = options.LegendDisplayMode.TABLE if calculated else options.LegendDisplayMode.LIST
    return bottom.display_mode(kind).calcs(list(calculated))


def tooltip():
    """What all series were at the moment that somebody points at."""
    return common.VizTooltipOptions().mode(options.TooltipDisplayMode.MULTI).sort(options.SortOrder.DESCENDING)
