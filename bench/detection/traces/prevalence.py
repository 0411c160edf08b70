"""Thefts by the share of visitors whom they reach, and in waves."""

from random import Random

from score.answer import Must, fifteenth_network, fifth_network, first, nth_network, second_network, theft
from traces import KINDS, trace
from traces.form import ACTIVE, APP, DAYS, START, THEFT, at_form, stealing
from wire import Violation
from world.shop import Shop
from world.trace import DAY, moment

GATE = "https://e.mossbridge-ui.example/q"
# A shop with 500 purchases a day, so that others come between the first victims.
DAY_BEFORE = moment("2026-10-06T00:00")
DESTINATIONS = {"mossbridge-ui.example"}
OWN = Violation("connect-src", GATE, APP, 1, 5518)
BARE = Violation("img-src", GATE)


def at_share(trace, violation, share, by, **shop):
    def is_hit(view):
        return at_form(view) and view.random.random() < share

    stealing(trace, lambda view: violation, is_hit, **shop).run(START, DAYS + 2)
    return theft(trace, THEFT, DESTINATIONS, by)


@trace("skimmer", KINDS)
def fifth_of_buyers(trace):
    """One buyer of five, and the report names no script."""
    return at_share(trace, BARE, 0.2, second_network)


@trace("skimmer", KINDS)
def tenth_of_buyers(trace):
    """One buyer of ten, and the report names no script: by the fifth network."""
    return at_share(trace, BARE, 0.1, fifth_network)


@trace("skimmer", KINDS)
def three_percent_of_buyers(trace):
    """Three buyers of a hundred, by a script of the shop's own: by the fifteenth network."""
    return at_share(trace, OWN, 0.03, fifteenth_network, sessions_a_day=700, reports_to=0.7)


def everywhere(trace, violation):
    """The same fifth of the visitors on every page that they see."""
    def is_chosen(view):
        return view.at >= ACTIVE and Random(view.visitor.address).random() < 0.2

    shop = stealing(
        trace, lambda view: violation, lambda view: is_chosen(view) and view.group == "payment", sessions_a_day=2000)
    shop.injections.append(
        lambda view: [(2.0, violation)] if is_chosen(view) and view.group == "other" else [])
    shop.run(DAY_BEFORE, 3)
    return theft(trace, THEFT, DESTINATIONS, second_network)


@trace("skimmer", KINDS)
def fifth_of_visitors_on_all_pages(trace):
    """One visitor of five on all pages, by a script of the shop's own."""
    return everywhere(trace, OWN)


@trace("skimmer", KINDS)
def fifth_of_visitors_on_all_pages_without_source(trace):
    """One visitor of five on all pages, and the report names no script."""
    return everywhere(trace, BARE)


@trace("skimmer", KINDS)
def second_wave_of_a_site_wide_theft(trace):
    """A day on all pages at all visitors; after five days of silence the same again: another page."""
    waves = {"first wave": moment("2026-10-06T09:00"), "second wave": moment("2026-10-12T09:00")}
    shop = Shop(trace)

    def is_on(view, begin):
        return begin <= view.at < begin + DAY

    def looks(view):
        return [(2.0, BARE)] if view.group == "other" and any(is_on(view, begin) for begin in waves.values()) else []

    shop.injections.append(looks)
    for name, begin in waves.items():
        shop.thefts[name] = lambda view, begin=begin: (
            [(3.0, BARE)] if view.group == "payment" and is_on(view, begin) else [])
    shop.run(START, 13)
    answer = theft(trace, "first wave", DESTINATIONS, second_network)
    answer.must.append(Must(
        nth_network(trace, "second wave", 2), first(trace, "second wave"), "second wave by the second network",
        destinations=frozenset(DESTINATIONS), after=waves["second wave"]))
    return answer
