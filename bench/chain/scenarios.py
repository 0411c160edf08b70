"""What happens in the 34 hours, and what people should hear of it.

A scenario is a site of its own. It shows series as a function of the hour; ages become times of the clock in the exporter.
"""

from dataclasses import dataclass, field
from typing import Callable

HOURS = 34
DAY = 24
MINUTE = 1 / 60


@dataclass
class At:
    """A time as an hour of the play, which the exporter writes as seconds of the clock."""

    hour: float


@dataclass
class Scenario:
    name: str
    # The series at an hour: name, labels, and a number or an `At`.
    series: Callable
    # What people hear: pages, tickets, and messages that something is over.
    pages: int = 0
    tickets: int = 0
    ends: int = 0
    # Hours at which its collector does not answer.
    away: list = field(default_factory=list)


def destination(name, severity, last, group="payment", finding=None):
    """What a collector shows of a destination whose latest report is of the hour `last`."""
    finding = finding or name
    labels = {"page_group": group, "destination": name, "channel": "send", "severity": severity, "finding": finding}
    words = {"page_group": group, "finding": finding, "clients": "2", "channels": "send", "reasons": "a form posts there"}
    return [
        ("cspwatch_unknown_destination_last_seen_timestamp_seconds", labels, At(last)),
        ("cspwatch_unknown_destination_clients", labels, 2),
        ("cspwatch_finding_clients", words, 2),
    ]


def once(begin, *of):
    """Series of one event, for as long as a collector shows it."""
    return lambda hour: [series for series in of] if begin <= hour < begin + DAY else []


def seen(name, severity, reports):
    """A destination that is reported at these hours; a collector forgets it after a day."""

    def series(hour):
        past = [report for report in reports if report <= hour]
        return destination(name, severity, past[-1]) if past and hour < past[-1] + DAY else []

    return series


def event(name, hour, **labels):
    return once(hour, (name, labels, At(hour)))


def hourly(hour):
    """Reported for five minutes of each hour."""
    last = int(hour) + min(hour - int(hour), 5 * MINUTE)
    return destination("hourly.example", "page", last)


def escalates(hour):
    if hour < 1:
        return []
    return destination("grows.example", "ticket" if hour < 1.1 else "page", 1.1 if hour >= 1.1 else 1)


def flood(hour):
    """Invented destinations, and a real one that is reported within the hour of the flood only."""
    found = event("cspwatch_report_flood_timestamp_seconds", 2)(hour)
    return found + seen("hidden.example", "ticket", [2.2, 2.9])(hour)


def threat(hour):
    labels = {"page_group": "payment", "destination": "listed.example", "severity": "page"}
    found = once(3, ("cspwatch_threat_in_history_timestamp_seconds", labels, At(3)))(hour)
    return found + seen("listed.example", "page", [3])(hour)


def approved(hour):
    if hour < 5:
        return seen("partner.example", "page", [1])(hour)
    labels = {"destination": "partner.example", "decision": "approve", "by": "kim"}
    decided = [("cspwatch_destination_decided_timestamp_seconds", labels, At(5))]
    return decided if hour < 6 else []


def hundred(hour):
    names = [f"t{number}.example" for number in range(100)]
    return [series for name in names for series in seen(name, "ticket", [7])(hour)]


def three(hour):
    names = [f"p{number}.example" for number in range(3)]
    return [series for name in names for series in seen(name, "page", [7])(hour)]


def silent(hour):
    labels = {"page_group": "payment"}
    return [("cspwatch_site_silent_from_timestamp_seconds", labels, At(6))] if 6 <= hour < 9 else []


def limited(hour):
    """Eleven a second over the quotas, for two hours."""
    labels = {"kind": "csp", "outcome": "limited"}
    seconds = max(0, min(hour, 3) - 1) * 3600
    # Per second of the clock: the rule's limit is no duration.
    return [("cspwatch_reports_total", labels, ("per second", 11, seconds))]


def backlog(hour):
    pending = At(10) if 10 <= hour < 12 else 0
    return [("cspwatch_journal_oldest_pending_timestamp_seconds", {}, pending)]


def refusing(hour):
    return [("cspwatch_journal_accepting", {}, 0 if 13 <= hour < 13.2 else 1)]


def digest(hour):
    day = [begin for begin in (8, 32) if begin <= hour]
    if not day:
        return []
    return [
        ("cspwatch_destinations_digest_timestamp_seconds", {}, At(day[-1])),
        ("cspwatch_destinations_digest_destinations", {}, 5),
    ]


PAYMENT = {"page_group": "payment"}

SCENARIOS = [
    Scenario("one report, once", seen("once.example", "page", [0.5]), pages=1, ends=1),
    Scenario("five minutes of each hour", hourly, pages=1),
    Scenario("a report every 25 hours", seen("daily.example", "page", [0.5, 25.5]), pages=2, ends=1),
    Scenario("a ticket that becomes a page", escalates, pages=1, tickets=1, ends=2),
    Scenario("a theft within the hour of a flood", flood, tickets=2, ends=2),
    Scenario("reported, and on a threat list", threat, pages=1, ends=1),
    Scenario("approved after four hours", approved, pages=1, ends=1),
    Scenario("a hundred tickets at once", hundred, tickets=1, ends=1),
    Scenario("three pages at once", three, pages=3, ends=3),
    Scenario("a restart of the collector", seen("stays.example", "page", [1]), pages=1, ends=1, away=[(4, 4 + MINUTE)]),
    Scenario("card data in a URL", event("cspwatch_pan_in_url_last_seen_timestamp_seconds", 4, **PAYMENT), pages=1, ends=1),
    Scenario("integrity", event("cspwatch_integrity_last_failure_timestamp_seconds", 4, **PAYMENT), tickets=1, ends=1),
    Scenario(
        "a script that is another one",
        event("cspwatch_sri_mismatch_timestamp_seconds", 4, script="cdn.example/a.js", **PAYMENT),
        tickets=1,
        ends=1,
    ),
    Scenario(
        "a script that changed",
        event("cspwatch_script_changed_timestamp_seconds", 4, script_host="cdn.example", **PAYMENT),
        tickets=1,
        ends=1,
    ),
    Scenario(
        "a policy that changed",
        event("cspwatch_policy_changed_timestamp_seconds", 4, effect="weaker", **PAYMENT),
        tickets=1,
        ends=1,
    ),
    Scenario("a page group that is silent for three hours", silent, tickets=1, ends=1),
    Scenario("a client over its quota for two hours", limited, tickets=1, ends=1),
    Scenario("ClickHouse is away for two hours", backlog, tickets=1, ends=1),
    Scenario("reports are refused for twelve minutes", refusing, pages=1, ends=1),
    Scenario("the digest of two days", digest, tickets=2, ends=2),
]
