"""The policy is taken off the payment pages, at several rates of traffic; and a year in which it is not."""

from score.answer import Answer, Must
from traces import KINDS, trace
from traces.form import START
from world.shop import Shop
from world.trace import HOUR, moment

REMOVED = moment("2026-10-08T10:40")
SILENT = frozenset({"site_silent"})
# The true one, and one by chance.
SILENCES = 2


def removed(trace, buyers, reports_to=1.0):
    """So many buyers a day, each with two views of payment pages."""
    shop = Shop(trace, sessions_a_day=buyers, checkouts=1.0, pages=(0, 0), reports_to=reports_to)
    shop.silent_from["payment"] = REMOVED
    shop.run(START, 8)
    must = Must(
        REMOVED + HOUR, REMOVED, "silence of the payment pages within an hour", "ticket", alerts=SILENT, after=REMOVED)
    return Answer([must], alerts=SILENT, most={"site_silent": SILENCES})


@trace("skimmer", KINDS)
def header_removed_at_600_views(trace):
    """By day, of 600 views of payment pages a day: within an hour."""
    return removed(trace, 300)


@trace("skimmer", KINDS)
def header_removed_at_2000_views(trace):
    """The same of 2,000 views a day."""
    return removed(trace, 1000)


@trace("skimmer", KINDS)
def header_removed_at_10000_views(trace):
    """The same of 10,000 views a day, three of ten with hashes."""
    return removed(trace, 5000, reports_to=0.3)


@trace("not", KINDS)
def header_never_removed(trace):
    """A year of a small shop that always reports: at most one false silence a quarter."""
    Shop(trace, sessions_a_day=30, checkouts=1.0, pages=(0, 0)).run(moment("2025-11-01T00:00"), 365)
    return Answer(alerts=SILENT, most={"site_silent": 4})
