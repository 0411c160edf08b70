"""Skimmers that look like what is forgiven."""

from score.answer import Must, second_network, theft
from traces import trace
from traces.loaders import typed
from wire import Violation
from world.shop import Shop
from world.trace import moment

START = moment("2026-10-01T00:00")
ACTIVE = moment("2026-10-06T12:00")
GATE = "https://api.amberleaf-tools.example/v1"
DESTINATIONS = frozenset({"amberleaf-tools.example"})


def disguised(trace, browsers):
    """`//# sourceURL=chrome-extension://…`: Chromium reports the script under that scheme, Firefox by its
    file. Safari is left out: nobody recorded what it does."""
    shop = Shop(trace, browsers=browsers)

    def sends(view):
        if view.at < ACTIVE or view.page.url != "https://shop.example/checkout/payment":
            return []
        is_fooled = view.visitor.engine == "chromium"
        source = "chrome-extension" if is_fooled else "https://shop.example/static/app.js"
        return [(typed(view), Violation("connect-src", GATE, source, 1, 17))]

    shop.thefts["disguise"] = sends
    shop.run(START, 9)
    answer = theft(trace, "disguise", DESTINATIONS, second_network, severity="ticket")
    return answer


@trace("attack")
def taken_for_noise(trace):
    """A script that calls itself an extension's: a ticket by the second network; the page when the first victim
    reports whose browser is not fooled."""
    answer = disguised(trace, ["chrome", "chrome-mobile", "chrome", "firefox"])
    victims = trace.victims("disguise")
    by = next(victim.at for number, victim in enumerate(victims) if number and victim.browser == "firefox")
    answer.must.append(Must(
        by, victims[0].at, "disguise by the first in Firefox", destinations=DESTINATIONS, theft="disguise"))
    return answer


@trace("attack")
def taken_for_noise_everywhere(trace):
    """The same where all browsers believe it: a ticket by the second network. That every customer at the payment page has that
    extension, and nobody elsewhere, could tell."""
    return disguised(trace, ["chrome", "chrome-mobile"])
