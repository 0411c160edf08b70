"""Changes that the shop itself makes without telling."""

from score.answer import Answer
from traces import trace
from wire import Violation
from world.shop import DIRECTIVES, Shop
from world.trace import DAY, moment

START = moment("2026-10-05T00:00")
MIDNIGHT = moment("2026-10-09T00:00")
CHANGED = frozenset({"policy_changed"})
# Of what is told once: a ticket for the other pages; for the payment pages a ticket that becomes a page.
ONCE = 3


@trace("not")
def undeclared_tag(trace):
    """Marketing puts a tag on all pages. Nothing tells it from a loader of a thief: a page, once."""
    deployed = moment("2026-10-08T10:00")
    shop = Shop(trace)

    def tag(view):
        if view.at < deployed:
            return []
        loader = "https://cdn.clickharvest.example/t/v2/tag.js"
        pixel = f"https://px.clickharvest.example/i?p={view.random.randrange(10**6)}"
        return [
            (0.4, Violation("script-src-elem", loader)),
            (0.9, Violation("img-src", pixel, loader, 1, 2210)),
            (1.1, Violation("connect-src", "https://events.clickharvest.example/collect", loader, 1, 3380)),
        ]

    shop.injections.append(tag)
    shop.run(START, 8)
    return Answer(pages_max=1, most={"clickharvest.example": ONCE})


@trace("not")
def cdn_switch(trace):
    """The CDN serves the same files, with the same hashes, from another host of its domain. Two days later
    the policy knows it."""
    shop = Shop(trace)
    old, new = "https://img.shopcdn.example", "https://img2.shopcdn.example"

    def switch(midnight):
        if midnight != MIDNIGHT:
            return
        for urls in shop.scripts.values():
            for place, url in enumerate(urls):
                urls[place] = url.replace(old, new)
                shop.contents[urls[place]] = url
        shop.scripts["payment"].append(f"{new}/lib/form.js")

    def declare(midnight):
        switch(midnight)
        if midnight == MIDNIGHT + 2 * DAY:
            for name, sources in shop.directives.items():
                shop.directives[name] = sources.replace(old, f"{old} {new}")

    def loads(view):
        if view.at < MIDNIGHT:
            return []
        script = "form.js" if view.group == "payment" else "ui.js"
        return [
            (0.3, Violation("script-src-elem", f"{new}/lib/{script}")),
            (0.5, Violation("img-src", f"{new}/p/{view.random.randrange(800)}.webp")),
            (0.6, Violation("font-src", f"{new}/fonts/shop.woff2")),
        ]

    shop.injections.append(loads)
    shop.run(START, 8, declare)
    return Answer(tickets=CHANGED)


REVIEWS = " https://widgets.reviewstars.example"


def loose():
    """What the policy was before it was tightened."""
    return DIRECTIVES | {
        "script-src": DIRECTIVES["script-src"].replace("'nonce-{nonce}'", "'unsafe-inline'") + REVIEWS,
        "img-src": DIRECTIVES["img-src"] + " https:",
    }


def own_habits(view):
    """What the shop's pages have always done."""
    stars = "https://widgets.reviewstars.example"
    events = [
        (0.1, Violation("script-src-elem", "inline", view.page.url, 14, 1, "window.dataLayer=window.dataLayer||[];")),
        (0.4, Violation("script-src-elem", f"{stars}/v1/stars.js")),
        (0.5, Violation("img-src", f"{stars}/s/5.svg")),
    ]
    if view.group == "other":
        host = f"photos{view.random.randrange(25)}.example"
        events.append((0.8, Violation("img-src", f"https://{host}/u/{view.random.randrange(10**5)}.jpg")))
    return events


def tightened(trace, after):
    shop = Shop(trace)
    shop.directives = loose()
    shop.injections.append(own_habits)

    def tighten(midnight):
        if midnight == MIDNIGHT:
            shop.directives = after

    shop.run(START, 8, tighten)
    return Answer(tickets=CHANGED)


@trace("not")
def policy_tightened(trace):
    """Overnight no inline code, no images from anywhere, and a vendor for images alone."""
    return tightened(trace, DIRECTIVES | {"img-src": DIRECTIVES["img-src"] + REVIEWS})


@trace("not")
def policy_drops_vendor(trace):
    """Overnight a vendor is forgotten whom the pages go on loading. It is a deployment without telling: a page,
    once. Were a former policy believed, whoever forges reports could write one."""
    answer = tightened(trace, DIRECTIVES)
    answer.pages_max, answer.most = 1, {"reviewstars.example": ONCE}
    return answer
