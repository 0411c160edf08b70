"""Thefts that begin while a page is open: about a harmless tag, about forgeries, about the thief's own host."""

from score.answer import Answer, Must, first, second_network, theft
from traces import KINDS, trace
from traces.decoys import hashes
from traces.form import ACTIVE, DAYS, START, THEFT, fetching, posting, stealing
from wire import Violation
from world import forger
from world.shop import COLLECTOR
from world.trace import HOUR

GATE = "https://d.rooklane-ui.example/k"
DESTINATIONS = {"rooklane-ui.example"}
TAG = Violation("script-src-elem", "https://cdn.quietfern-tags.example/t.js", "https://www.googletagmanager.com/gtm.js", 1, 77)


def under_an_open_page(trace, violation, by):
    """Nobody decides about the tag, and the theft begins a day and a half after it."""
    shop = stealing(trace, violation)
    shop.injections.append(
        lambda view: [(1.0, TAG)] if view.at >= ACTIVE - 30 * HOUR and view.group == "payment" else [])
    shop.run(START, DAYS)
    known = theft(trace, THEFT, DESTINATIONS, by)
    known.pages_max, known.pages_of_theft_max = 1, 3
    return known


@trace("attack", KINDS)
def theft_under_an_open_page(trace):
    """All buyers report a new tag, which is paged; then the shop's script steals from all of them."""
    return under_an_open_page(trace, fetching(GATE), second_network)


@trace("attack", KINDS)
def form_under_an_open_page(trace):
    """All buyers report a new tag, which is paged; then the form posts to the thief: by its first victim."""
    return under_an_open_page(trace, posting(GATE), first)


@trace("attack", KINDS)
def forged_by_seventy_networks(trace):
    """Two invented hosts that forms post to, of 35 networks each, in the half hour before the theft; each of the forged
    visitors reports the hashes of a page view, too. What many networks forge holds back nothing."""
    shop = stealing(trace, fetching(GATE))
    policy = shop.policy("report-to csp", "'report-sha256'")
    for number, address in enumerate(forger.networks(trace.random, 70)):
        posts = Violation("form-action", f"https://forged-{number % 2}.example/p", forger.PAYMENT, 212, 44)
        forger.batch(trace, ACTIVE - HOUR / 2 + number * 20, address, policy, [*hashes(), posts])
    shop.run(START, DAYS)
    known = theft(trace, THEFT, DESTINATIONS, second_network)
    known.pages_max = 2
    return known


@trace("attack", KINDS)
def page_kept_open(trace):
    """One forged report every twelve hours keeps a page about the thief's own host open for days; the theft is raised all
    the same, by its second network."""
    shop = stealing(trace, fetching(GATE))
    policy = shop.policy(f"report-uri {COLLECTOR}")
    for times in range(2 * DAYS):
        posts = Violation("form-action", GATE, forger.PAYMENT, 212, 44)
        forger.single(trace, START + times * 12 * HOUR, "198.51.100.7", policy, posts)
    shop.run(START, DAYS)
    must = Must(
        second_network(trace, THEFT), first(trace, THEFT), "theft by the second network", after=ACTIVE,
        destinations=frozenset(DESTINATIONS), theft=THEFT)
    return Answer([must], must.destinations, pages_of_theft_max=2)
