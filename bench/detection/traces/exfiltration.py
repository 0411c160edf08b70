"""What was typed leaves the page: each way that browsers report."""

import base64
import json

from score.answer import first, second, theft
from traces import trace
from traces.loaders import typed
from wire import Violation
from world.shop import Shop
from world.trace import moment

APP = "https://shop.example/static/app.js"
ACTIVE = moment("2026-10-07T13:00")


def card(random):
    """A number that passes the Luhn test and belongs to nobody: all of the issuer 4111 11 are for tests."""
    digits = [4, 1, 1, 1, 1, 1] + [random.randrange(10) for _ in range(9)]
    doubled = [digit * 2 - 9 * (digit > 4) if place % 2 == 0 else digit for place, digit in enumerate(digits)]
    return "".join(map(str, digits)) + str(-sum(doubled) % 10)


def exfiltration(trace, name, destination, by, violation, alerts=()):
    """Ten days, the last four with a skimmer that sends `violation(view)` when a card was typed."""
    shop = Shop(trace)

    def sends(view):
        if view.at < ACTIVE or view.page.url != "https://shop.example/checkout/payment":
            return []
        return [(typed(view), violation(view))]

    shop.thefts[name] = sends
    shop.run(moment("2026-10-01T00:00"), 10)
    return theft(trace, name, {destination}, by, alerts)


@trace("skimmer")
def web_socket(trace):
    """A WebSocket is opened when the card is typed."""
    socket = "wss://live.harborstat.example/socket?s=shop"
    return exfiltration(
        trace, "socket", "harborstat.example", second,
        lambda view: Violation("connect-src", socket, APP, 1, 7741))


@trace("skimmer")
def beacon(trace):
    """sendBeacon when the form is submitted."""
    return exfiltration(
        trace, "beacon", "maplequill.example", second,
        lambda view: Violation("connect-src", "https://c.maplequill.example/b", APP, 1, 11822))


@trace("skimmer")
def image_base64(trace):
    """An image whose path is the card, base64: a card number on its way, so one report is enough."""
    def pixel(view):
        form = json.dumps({"n": card(view.random), "e": "12/28", "c": "123", "h": "J. Doe"})
        path = base64.urlsafe_b64encode(form.encode()).decode()
        return Violation("img-src", f"https://i.fernpost.example/s/{path}.gif", APP, 1, 9120)

    return exfiltration(trace, "image", "fernpost.example", first, pixel, {"card_data_in_url"})


@trace("skimmer")
def card_in_query(trace):
    """A fetch with the card number as it was typed in the query."""
    def fetch(view):
        number = card(view.random)
        spaced = "%20".join(number[place:place + 4] for place in range(0, 16, 4))
        return Violation("connect-src", f"https://copperfield-api.example/v?cc={spaced}&m=12", APP, 1, 3310)

    return exfiltration(trace, "query", "copperfield-api.example", first, fetch, {"card_data_in_url"})
