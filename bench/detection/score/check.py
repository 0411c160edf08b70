"""Alerts against the known answer."""

from collections import Counter
from dataclasses import dataclass, field

from world.trace import DAY, text_of

# A report's milliseconds may be rounded on the way.
SLACK = 1.0
# Alerts of one kind, severity, destination and page group that a day may have. A release changes several
# scripts at once, a page has two policies, and alerts about code name no destination: two may be about two findings.
A_DAY = {"script_changed": 8, "policy_changed": 4, "inline_script": 2}

# The reason of a page that is raised again, because more than one network, or a further strong reason, confirms it.
CONFIRMS = "others, or a further strong reason, confirm what was a page before"


@dataclass
class Outcome:
    """What a trace showed."""

    musts: int = 0
    caught: int = 0
    # Victims who had reported when the first wanted alert came, that one's report included.
    victims: int = None
    seconds: float = None
    # How many networks had victims who reported when the theft was paged.
    network: int = None
    false_pages: int = 0
    false_tickets: int = 0
    reasons: list = field(default_factory=list)

    @property
    def passed(self):
        return not self.reasons


def check(trace, answer, alerts, summary):
    """The outcome, with a reason for everything that is not as it has to be."""
    outcome = Outcome(musts=len(answer.must))
    if summary.get("requests") != len(trace):
        outcome.reasons.append(f"{summary.get('requests')} requests read of {len(trace)}")
    for must in answer.must:
        _check_must(must, trace, alerts, outcome)
    _check_false(answer, alerts, outcome)
    _check_repeats(alerts, outcome)
    return outcome


def _check_must(must, trace, alerts, outcome):
    found = next((alert for alert in alerts if must.is_met_by(alert)), None)
    if found is None:
        outcome.reasons.append(f"missed: {must.severity}, {must.why}")
        return
    outcome.caught += 1
    if outcome.seconds is None:
        outcome.seconds = max(0.0, found["time"] - must.since)
        known = [victim for victim in trace.victims(must.theft) if victim.at <= found["time"] + SLACK]
        outcome.victims = len(known) if must.theft else None
    if must.theft and outcome.network is None and found["severity"] == "page":
        outcome.network = len({
            victim.network for victim in trace.victims(must.theft) if victim.at <= found["time"] + SLACK})
    if found["time"] > must.by + SLACK:
        outcome.reasons.append(f"late: {must.why} ({text_of(must.by)}), came {found['at']}")


def _check_false(answer, alerts, outcome):
    false = [alert for alert in alerts if not answer.is_true(alert)]
    pages = [alert for alert in false if alert["severity"] == "page"]
    outcome.false_pages, outcome.false_tickets = len(pages), len(false) - len(pages)
    if len(pages) > answer.pages_max:
        outcome.reasons.append(f"{len(pages)} false pages ({_named(pages)})")
    theft = [alert for alert in alerts if alert["severity"] == "page" and answer.is_true(alert)]
    if answer.pages_of_theft_max is not None and len(theft) > answer.pages_of_theft_max:
        outcome.reasons.append(f"{len(theft)} pages for one theft, {answer.pages_of_theft_max} are enough")
    if never := [alert for alert in alerts if alert["destination"] in answer.never]:
        outcome.reasons.append(f"alerts about what is in order ({_named(never)})")
    for name, most in answer.most.items():
        about = [alert for alert in alerts if name in (alert["destination"], alert["alert"])]
        if len(about) > most:
            outcome.reasons.append(f"{len(about)} alerts about {name}, {most} are enough")
    if answer.tickets_max is not None and outcome.false_tickets > answer.tickets_max:
        tickets = [alert for alert in false if alert["severity"] == "ticket"]
        outcome.reasons.append(f"{len(tickets)} false tickets ({_named(tickets)})")


def _check_repeats(alerts, outcome):
    """One of a kind, severity, destination and page group a day is enough, and one that confirms it."""
    seen = Counter(
        (alert["alert"], alert["severity"], alert["destination"], alert["page_group"], alert["time"] // DAY,
         CONFIRMS in alert["reasons"])
        for alert in alerts)
    repeated = {key[:3] for key, count in seen.items() if count > A_DAY.get(key[0], 1)}
    for kind, severity, destination in sorted(repeated)[:3]:
        outcome.reasons.append(f"repeated within a day: {severity} {kind} {destination}".rstrip())


def _named(alerts):
    names = Counter(alert["destination"] or alert["alert"] for alert in alerts)
    shown = [f"{name} x{count}" if count > 1 else name for name, count in names.most_common(4)]
    return ", ".join(shown) + (", …" if len(names) > 4 else "")
