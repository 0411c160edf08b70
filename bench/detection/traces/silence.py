"""The policy is taken off the payment pages, and with it every report of a theft. What is left to see is that
nothing comes."""

from score.answer import Answer, Must
from traces import trace
from wire import Violation
from world import forger
from world.shop import COLLECTOR, Shop
from world.trace import HOUR, moment

START = moment("2026-10-01T00:00")
DAYS = 24


def removed(trace, at, bound):
    """`bound`: by then the days before would have brought some 15 customers."""
    shop = Shop(trace)
    shop.silent_from["payment"] = at
    shop.run(START, DAYS)
    must = Must(
        bound, at, "silence of the payment pages", "ticket", alerts=frozenset({"site_silent"}),
        after=at)
    return Answer([must], alerts=frozenset({"site_silent"}))


@trace("skimmer")
def header_removed(trace):
    """By day, when four customers an hour come to the payment pages: within four hours."""
    at = moment("2026-10-22T10:40")
    return removed(trace, at, at + 4 * HOUR)


@trace("skimmer")
def header_removed_at_night(trace):
    """At one at night, when hours without a report are usual: by noon."""
    return removed(trace, moment("2026-10-22T01:00"), moment("2026-10-22T12:00"))


@trace("skimmer")
def header_removed_and_one_goes_on(trace):
    """By day, and whoever removed it sends a report every ten minutes, so that it is never still: within eight
    hours, because reports of the same network hide nothing."""
    at = moment("2026-10-22T10:40")
    answer = removed(trace, at, at + 8 * HOUR)
    inline = Violation("style-src-attr", "inline", forger.PAYMENT, 12, 7)
    for number in range(2 * 24 * 6):
        forger.single(trace, at + number * HOUR / 6, "198.51.100.7", f"default-src 'self'; report-uri {COLLECTOR}", inline)
    return answer


@trace("skimmer")
def policy_weakened_among_invented(trace):
    """The same as below, and one network invents 300 policies between the first report of the true one and the
    second network's."""
    answer = policy_weakened(trace)
    first, second = trace.first_with(HOST), answer.must[0].by
    inline = Violation("style-src-attr", "inline", forger.PAYMENT, 12, 7)
    for number in range(300):
        policy = f"default-src 'self'; img-src https://x{number}.example; report-uri {COLLECTOR}"
        forger.single(trace, first + (second - first) * (number + 1) / 302, "198.51.100.7", policy, inline)
    return answer


HOST = "https://gate.rosewood-cdn.example"


@trace("skimmer")
def policy_weakened(trace):
    """The thief's host is written into the policy, which so reports nothing of it: reports of other things
    carry the policy. A ticket when two networks have shown it."""
    edited = moment("2026-10-12T00:00")
    host = HOST
    shop = Shop(trace)

    def edit(midnight):
        if midnight == edited:
            shop.directives["connect-src"] += f" {host}"

    shop.run(START, 16, edit)
    destinations = frozenset({"rosewood-cdn.example"})
    must = Must(
        trace.second_network_with(host), edited, "changed policy by the second network", "ticket",
        page_group="", destinations=destinations, alerts=frozenset({"policy_changed"}),
        after=edited)
    return Answer([must], destinations, frozenset({"policy_changed"}))
