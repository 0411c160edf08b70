"""The known answer of a trace: what has to be alerted, by when, and how much else may be."""

from dataclasses import dataclass, field

from score.backtest import destinations

SEVERITIES = {"ticket": 0, "page": 1}
# Alerts that a theft of cards can raise.
OF_A_THEFT = frozenset({"unknown_destination", "card_data_in_url", "integrity", "script_changed"})

DIGEST = frozenset({"destinations_digest"})


@dataclass
class Must:
    """An alert that has to come: of one of these kinds, at least this severe, no later than `by`.

    `theft` names the victims that are counted until then; `since`: from when the time is counted.
    """

    by: float
    since: float
    why: str
    severity: str = "page"
    page_group: str = "payment"
    destinations: frozenset = frozenset()
    alerts: frozenset = OF_A_THEFT
    theft: str = ""
    # Before this moment the alert does not count: a return after silence.
    after: float = 0.0

    def is_met_by(self, alert):
        is_about = not alert["destination"] or destinations(alert) & self.destinations
        return (
            alert["alert"] in self.alerts
            and SEVERITIES[alert["severity"]] >= SEVERITIES[self.severity]
            and (not self.page_group or alert["page_group"] in (self.page_group, ""))
            and (is_about or not self.destinations)
            and alert["time"] >= self.after
        )


@dataclass
class Answer:
    """`destinations` and `alerts` are what alerts may be about without being false; `tickets` are kinds that
    are right as a ticket, and false as a page."""

    must: list = field(default_factory=list)
    destinations: frozenset = frozenset()
    alerts: frozenset = frozenset()
    tickets: frozenset = frozenset()
    # Destinations of which nothing may be alerted at all.
    never: frozenset = frozenset()
    # Alerts that a destination, or a kind of alert, may have in the whole trace, where that is limited.
    most: dict = field(default_factory=dict)
    # Pages that the theft may cause in all, whatever they name.
    pages_of_theft_max: int = None
    # False pages that are forgiven: none, but for what cannot be told from theft.
    pages_max: int = 0
    # False tickets in all; beside them there may be one per destination, page group and day.
    tickets_max: int = None

    def is_true(self, alert):
        """An alert that is about what really happened, or the digest of a day."""
        if alert["severity"] == "ticket" and alert["alert"] in self.tickets | DIGEST:
            return True
        if alert["destination"]:
            return bool(destinations(alert) & self.destinations)
        return alert["alert"] in self.alerts


def second(trace, theft):
    """When the second victim's first report arrives."""
    return trace.victims(theft)[1].at


def fifth(trace, theft):
    """When the fifth victim's first report arrives."""
    return trace.victims(theft)[4].at


def first(trace, theft):
    """When the first victim's first report arrives."""
    return trace.victims(theft)[0].at


def second_network(trace, theft):
    """When the first victim out of another network than the first one's reports."""
    return nth_network(trace, theft, 2)


def third_network(trace, theft):
    return nth_network(trace, theft, 3)


def fifth_network(trace, theft):
    return nth_network(trace, theft, 5)


def fifteenth_network(trace, theft):
    return nth_network(trace, theft, 15)


def nth_network(trace, theft, count, after=0.0):
    """When victims out of so many networks have reported, those before `after` left aside."""
    networks = set()
    for victim in trace.victims(theft):
        if victim.at >= after:
            networks.add(victim.network)
        if len(networks) == count:
            return victim.at
    raise ValueError(f"{theft} has victims in {len(networks)} networks")


def theft(trace, name, destinations, by, alerts=(), severity="page"):
    """The answer to one theft on the payment pages. `by`: one of the functions above."""
    destinations = frozenset(destinations)
    must = Must(
        by(trace, name), first(trace, name), f"{name} by the {by.__name__.replace('_', ' ')}", severity,
        destinations=destinations, theft=name)
    return Answer([must], destinations, frozenset(alerts))
