"""Skimmers that are loaded from somewhere, or sit in what is loaded anyway."""

from score.answer import Must, first, second, second_network, theft
from traces import trace
from wire import Violation
from world.shop import Shop
from world.trace import moment

LOADED = 0.4


def is_payment(view):
    return view.group == "payment"


def typed(view):
    """Seconds until the card is typed."""
    return view.random.uniform(20, 100)


@trace("skimmer")
def lookalike_loader(trace):
    """A script of a look-alike of a known vendor, on the payment pages: a ticket with the
    first report, the page with the second network."""
    shop = Shop(trace)
    active = moment("2026-10-07T09:30")

    def loader(view):
        if view.at < active or not is_payment(view):
            return []
        return [(LOADED, Violation("script-src-elem", "https://www.google-analytlcs.example/ga.js"))]

    shop.thefts["loader"] = loader
    shop.run(moment("2026-10-01T00:00"), 8)
    answer = theft(trace, "loader", {"google-analytlcs.example"}, second_network)
    begin = first(trace, "loader")
    answer.must.append(Must(
        begin, begin, "loader by the first", "ticket", destinations=answer.destinations, theft="loader"))
    return answer


@trace("skimmer")
def plain_loader(trace):
    """A loader of an innocent-looking new domain in every page's foot, which sends when a card is typed."""
    shop = Shop(trace)
    active = moment("2026-10-06T02:10")
    script = "https://static.willowcart.example/w/1.js"

    def footer(view):
        return [(LOADED, Violation("script-src-elem", script))] if view.at >= active and not is_payment(view) else []

    def loader(view):
        if view.at < active or not is_payment(view):
            return []
        gate = Violation("connect-src", "https://static.willowcart.example/w/e", script, 1, 4107)
        return [(LOADED, Violation("script-src-elem", script)), (typed(view), gate)]

    shop.injections.append(footer)
    shop.thefts["loader"] = loader
    shop.run(moment("2026-10-01T00:00"), 8)
    return theft(trace, "loader", {"willowcart.example"}, second)


@trace("skimmer")
def changed_script(trace):
    """The shop's own checkout.js is changed on the server: its hash is new, and what it does names it."""
    shop = Shop(trace)
    start, edited = moment("2026-10-01T00:00"), moment("2026-10-09T00:00")
    script = "https://shop.example/static/checkout.js"

    def edit(midnight):
        if midnight >= edited:
            shop.contents[script] = "skimmer"

    def sends(view):
        if view.at < edited or view.page.url != "https://shop.example/checkout/payment":
            return []
        return [(typed(view), Violation("connect-src", "https://orchardlane.example/api/v1", script, 1, 20077))]

    shop.thefts["script"] = sends
    shop.run(start, 11, edit)
    answer = theft(
        trace, "script", {"orchardlane.example", "shop.example"}, first, {"script_changed", "integrity"})
    # The hash comes with Chromium's tick, and two networks must report it: there is no reason before that.
    new_hash = trace.second_network_with(shop.content(script))
    answer.must[0].by = max(answer.must[0].by, new_hash)
    return answer
