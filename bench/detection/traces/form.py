"""What the kinds of the second design have in common: a shop whose payment form steals from a moment on."""

from traces.loaders import typed
from wire import Violation
from world.shop import Shop
from world.trace import moment

START, DAYS = moment("2026-10-01T00:00"), 9
# By day, when the shop has been seen for most of a week.
ACTIVE = moment("2026-10-07T11:00")
APP = "https://shop.example/static/app.js"
THEFT = "theft"


def at_form(view, active=ACTIVE):
    return view.at >= active and view.page.url.endswith("/payment")


def stealing(trace, violation, is_hit=at_form, **shop):
    """A shop; `violation(view)` happens when a card is typed, to those whom `is_hit` chooses."""
    built = Shop(trace, **shop)
    built.thefts[THEFT] = lambda view: [(typed(view), violation(view))] if is_hit(view) else []
    return built


def fetching(gate):
    """What the shop's script reports when it sends what was typed to `gate`."""
    return lambda view: Violation("connect-src", gate, APP, 1, 5518)


def posting(gate):
    """What the page reports when its form posts to `gate`."""
    return lambda view: Violation("form-action", gate, view.page.url, 212, 44)
