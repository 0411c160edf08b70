"""Changes that the shop itself makes without telling."""

from score.answer import Answer
from traces import trace
from wire import Violation
from world.shop import Shop
from world.trace import HOUR, moment


@trace("not")
def undeclared_tag(trace):
    """Marketing puts a tag on all pages. Nothing tells it from a loader of a thief: a page, once."""
    deployed = moment("2026-10-08T10:00")
    shop = Shop(trace)

    def tag(view):
        if view.at < deployed:
            return []
        loader = "https://cdn.clickharvest.example/t/v2/tag.js"
        return [
            (0.4, Violation("script-src-elem", loader)),
            (0.9, Violation("img-src", f"https://px.clickharvest.example/i?p={view.random.randrange(10**6)}", loader, 1, 2210)),
            (1.1, Violation("connect-src", "https://events.clickharvest.example/collect", loader, 1, 3380)),
        ]

    shop.injections.append(tag)
    shop.run(moment("2026-10-05T00:00"), 8)
    return Answer(pages_max=1, tickets_max=8)
