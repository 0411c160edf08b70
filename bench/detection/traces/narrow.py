"""Skimmers that few see."""

from random import Random

from score.answer import second, second_network, theft
from traces import trace
from traces.loaders import typed
from wire import Violation
from world.people import Visitor
from world.shop import Shop
from world.trace import MINUTE, moment

APP = "https://shop.example/static/app.js"
START, ACTIVE = moment("2026-10-01T00:00"), moment("2026-10-04T08:00")


def narrow(trace, gate, is_hit, days=10, **shop):
    shop = Shop(trace, **shop)

    def sends(view):
        at_form = view.page.url == "https://shop.example/checkout/payment"
        if view.at < ACTIVE or not at_form or not is_hit(view):
            return []
        return [(typed(view), Violation("connect-src", gate, APP, 1, 5518))]

    shop.thefts["narrow"] = sends
    shop.run(START, days)


@trace("skimmer")
def one_engine(trace):
    """It asks the browser who it is and runs in Safari alone, which sends neither samples nor dispositions."""
    narrow(trace, "https://cdn.petalworks.example/q", lambda view: view.visitor.engine == "webkit")
    return theft(trace, "narrow", {"petalworks.example"}, second)


@trace("skimmer")
def phones_only(trace):
    """It runs on phones alone, of which many share their carrier's few addresses."""
    narrow(trace, "https://m.tidewater-app.example/q", lambda view: view.visitor.is_phone)
    return theft(trace, "narrow", {"tidewater-app.example"}, second)


@trace("skimmer")
def one_percent(trace):
    """One visitor of a hundred: four victims a day of a shop with 400 purchases."""
    narrow(
        trace, "https://e.stonebridge-ui.example/q", lambda view: view.random.random() < 0.01,
        sessions_a_day=1600, reports_to=0.2)
    return theft(trace, "narrow", {"stonebridge-ui.example"}, second)


@trace("skimmer")
def one_percent_everywhere(trace):
    """One visitor of a hundred, on every page that he sees, as adware would: but it is the shop's own script
    that does it."""
    shop = Shop(trace, sessions_a_day=1000, reports_to=0.2)
    gate = Violation("connect-src", "https://e.ashgrove-metrics.example/q", APP, 1, 5518)

    def is_hit(view):
        return view.at >= ACTIVE and Random(view.visitor.address).random() < 0.01

    def looks(view):
        return [(2.0, gate)] if is_hit(view) and view.group == "other" else []

    def sends(view):
        return [(typed(view), gate)] if is_hit(view) and view.group == "payment" else []

    shop.injections.append(looks)
    shop.thefts["narrow"] = sends
    shop.run(START, 10)
    return theft(trace, "narrow", {"ashgrove-metrics.example"}, second)


@trace("skimmer")
def one_office(trace):
    """The first three victims are colleagues behind one network: one network alone can claim anything, so the page
    waits for the first victim out of another network."""
    shop = Shop(trace)
    noon = moment("2026-10-06T12:00")

    def sends(view):
        is_office = view.visitor.address.startswith("203.0.113.")
        is_on = view.page.url == "https://shop.example/checkout/payment" and (
            is_office or view.at > noon + 90 * MINUTE)
        gate = Violation("connect-src", "https://a.cloverfeed.example/q", APP, 1, 5518)
        return [(typed(view), gate)] if is_on else []

    def lunch(midnight):
        if midnight <= noon < midnight + 86400:
            for place, browser in enumerate(("chrome", "chrome", "firefox")):
                colleague = Visitor(f"203.0.113.{20 + place}", browser)
                shop.session(noon + place * 14 * MINUTE, colleague, buys=True)

    shop.thefts["office"] = sends
    shop.run(START, 8, lunch)
    return theft(trace, "office", {"cloverfeed.example"}, second_network)
