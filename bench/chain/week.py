"""A week of a shop as scenarios: what detection finds in the traces of bench/detection, shown to Prometheus as a collector
shows it.

Each deployment is a site. Weeks before make detection know the shop; what it found in them is no news in this one. A
destination's reports are those of the trace, so that it ends when the trace has no more of it for a day. One that comes back
after that is shown when detection raises it again, because it needs its evidence once more.
"""

import json
import sys
from collections import defaultdict
from datetime import datetime
from pathlib import Path

DETECTION = Path(__file__).parents[1] / "detection"
sys.path.insert(0, str(DETECTION))

from chain.scenarios import DAY, At, Scenario, destination  # noqa: E402
from score import backtest  # noqa: E402
from world.trace import HOUR  # noqa: E402
from year.deployment import DEPLOYMENTS  # noqa: E402
from year.measure import WEEK, measure  # noqa: E402
from year.stream import START, Year  # noqa: E402

WEEKS, SEED = 6, "1"
HOURS = 7 * DAY
BEGIN = START + (WEEKS - 1) * WEEK
PLAYED = (
    "all pages, csp-hash", "all pages", "payment pages, csp-hash", "payment pages",
    "all pages, csp-hash, 3-D Secure", "small shop, csp-hash, 3-D Secure",
)
# What a collector shows of an alert that is about no destination, and the labels that its rule reads.
SERIES = {
    "card_data_in_url": ("cspwatch_pan_in_url_last_seen_timestamp_seconds", ("page_group",)),
    "integrity": ("cspwatch_integrity_last_failure_timestamp_seconds", ("page_group",)),
    "script_changed": ("cspwatch_script_changed_timestamp_seconds", ("page_group", "script_host")),
    "policy_changed": ("cspwatch_policy_changed_timestamp_seconds", ("page_group", "effect")),
    "site_silent": ("cspwatch_site_silent_from_timestamp_seconds", ("page_group",)),
    "report_flood": ("cspwatch_report_flood_timestamp_seconds", ()),
    "inline_script": ("cspwatch_inline_script_last_seen_timestamp_seconds", ("page_group", "severity", "finding")),
    "host_not_configured": ("cspwatch_host_not_configured_timestamp_seconds", ("host",)),
}


def scenarios(program):
    """One for each deployment; `pages` and `tickets` are what detection meant."""
    for deployment in (one for one in DEPLOYMENTS if one.name in PLAYED):
        print(f"{deployment.name}: {WEEKS} weeks of traffic", file=sys.stderr)
        found = measure(program, Year(deployment, SEED, WEEKS))
        yield scenario(deployment, [alert for alert in found.alerts if alert["time"] >= BEGIN])


def scenario(deployment, alerts):
    reports = reports_of(deployment, {name for alert in alerts for name in backtest.destinations(alert)})
    shown = [series for alert in alerts for series in series_of(alert, reports)]
    pages, tickets = (
        len({finding(alert, reports) for alert in alerts if alert["severity"] == wanted}) for wanted in ("page", "ticket"))
    return Scenario(deployment.name, lambda hour: [one for series in shown for one in series(hour)], pages, tickets)


def finding(alert, reports):
    """What people hear of once: a destination until it is over. What is about no destination is heard each time."""
    begin = hour_of(alert)
    time = until(reports[alert["destination"]], begin) if alert["alert"] == "unknown_destination" else begin
    return alert["alert"], alert["page_group"], alert["destination"], time


def hour_of(alert):
    return (alert["time"] - BEGIN) / HOUR


def until(hours, begin):
    """The hour at which nobody has reported it for a day, from `begin` on."""
    end = begin + DAY
    for hour in sorted(hour for hour in hours if hour >= begin):
        if hour >= end:
            break
        end = hour + DAY
    return end


def reports_of(deployment, names):
    """The hours of the week at which each destination is named. The trace is made again: it is the same for a seed."""
    hours = defaultdict(list)
    for text in Year(deployment, SEED, WEEKS).lines():
        if not any(name in text for name in names):
            continue
        for line in text.splitlines():
            named = [name for name in names if name in line]
            hour = (datetime.fromisoformat(json.loads(line)["at"]).timestamp() - BEGIN) / HOUR if named else -1
            if hour >= 0:
                for name in named:
                    hours[name].append(hour)
    return hours


def series_of(alert, reports):
    """The series of an alert, each a function of the hour."""
    begin = hour_of(alert)
    if alert["alert"] == "destinations_digest":
        yield of_a_day(begin, [
            ("cspwatch_destinations_digest_timestamp_seconds", {}, At(begin)),
            ("cspwatch_destinations_digest_destinations", {}, alert["reports"])])
    elif alert["alert"] == "unknown_destination":
        name = alert["destination"]
        for other in backtest.destinations(alert):
            yield reported(other, name, alert, begin, reports[other])
    else:
        metric, names = SERIES[alert["alert"]]
        labels = {label: str(alert.get(label) or alert.get("destination") or "") for label in names}
        yield of_a_day(begin, [(metric, labels, At(begin))])


def of_a_day(begin, shown):
    return lambda hour: shown if begin <= hour < begin + DAY else []


def reported(name, of, alert, begin, hours):
    """A destination of a finding, until nobody has reported it for a day."""
    end = until(hours, begin)

    def series(hour):
        if not begin <= hour < end:
            return []
        past = max((report for report in hours if report <= hour), default=begin)
        return destination(name, alert["severity"], past, alert["page_group"], of)

    return series
