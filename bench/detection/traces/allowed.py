"""Thefts through what the policy allows. Only tickets are asked for: browsers report the same when a vendor
moves its files or a filter rewrites names."""

from score.answer import second, second_network, theft
from traces import trace
from traces.loaders import typed
from wire import Violation
from world.shop import Shop
from world.trace import moment

APP = "https://shop.example/static/app.js"
ACTIVE = moment("2026-10-07T13:00")


def through(trace, violation):
    shop = Shop(trace)

    def sends(view):
        if view.at < ACTIVE or view.page.url != "https://shop.example/checkout/payment":
            return []
        return [(typed(view), violation(view))]

    shop.thefts["through"] = sends
    shop.run(moment("2026-10-01T00:00"), 10)


@trace("skimmer")
def redirect_at_vendor(trace):
    """An open redirect at a configured vendor: the report names the vendor, which its own policy allows. From
    the second victim on a ticket."""
    def image(view):
        url = f"https://img.shopcdn.example/r?u=https%3A%2F%2Fquillmark.example%2F{view.random.randrange(10**8)}"
        return Violation("img-src", url, APP, 1, 640, redirected=True)

    through(trace, image)
    return theft(trace, "through", {"shopcdn.example"}, second, severity="ticket")


@trace("skimmer")
def redirect_at_home(trace):
    """An open redirect of the shop's own: the report names the shop, which `'self'` allows."""
    def fetch(view):
        return Violation(
            "connect-src", "https://shop.example/out?to=https%3A%2F%2Fquillmark.example%2Fc", APP, 1, 655,
            redirected=True)

    through(trace, fetch)
    return theft(trace, "through", {"shop.example"}, second, severity="ticket")


@trace("skimmer")
def vendor_in_new_channel(trace):
    """A vendor that the policy allows for images suddenly receives what scripts send: a ticket by the second
    network."""
    def fetch(view):
        return Violation("connect-src", "https://metrics.adpartner.example/ingest?acct=7731", APP, 1, 702)

    through(trace, fetch)
    return theft(trace, "through", {"adpartner.example"}, second_network, severity="ticket")
