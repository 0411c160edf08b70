"""What browsers get wrong."""

from score.answer import Answer
from traces import trace
from wire import ENGINES, Integrity, Page, Violation
from world.people import visitor
from world.shop import COLLECTOR, Shop
from world.trace import HOUR, MINUTE, moment

START = moment("2026-10-01T00:00")
STRIPE = "https://js.stripe.com/v3/fingerprinted/sprite.svg#card"


def oddities(view):
    """Violations without a destination, or with one that is the shop's or a vendor's."""
    if view.random.random() > 0.15:
        return []
    url = view.page.url
    common = [
        Violation("frame-ancestors", "https://shop.example/"),
        Violation("default-src", "https://shop.example:8443/next"),
        Violation("media-src", STRIPE),
        Violation("script-src-elem", "blob"),
        Violation("worker-src", "blob", url, 3, 9),
        Violation("font-src", "data"),
        Violation("script-src", "wasm-eval", url, 3, 9),
    ]
    odd = {
        "chromium": [Violation("frame-src", ""), Violation("img-src", "about")],
        "firefox": [Violation("img-src", "http://shop.example/old.gif")],
        "webkit": [Integrity("https://shop.example/static/checkout.js")],
    }[view.visitor.engine]
    return [(0.7, view.random.choice(common + odd))]


def repeated(shop, at):
    """One report, delivered again: by Firefox at once after a failure, by Chromium for a quarter of an hour."""
    person = visitor(shop.random, shop.random.choice(["chrome", "firefox"]))
    page = Page("https://shop.example/checkout")
    event = Violation("connect-src", "https://api.stripe.com.shop.example:8443/v1", page.url, 5, 40)
    engine = ENGINES[person.engine]
    policy = shop.policy(f"report-uri {COLLECTOR}")
    if person.engine == "firefox":
        headers, body = engine.report_uri(page, policy, event, "report", person.user_agent)
        for copy in range(shop.random.choice((3, 10))):
            shop.trace.post(at + copy * 0.02, person.address, headers, body)
        return
    policy = policy.replace(f"report-uri {COLLECTOR}", "report-to csp")
    for delay in (0, 60, 180, 420, 900):
        age = round(60_000 + delay * 1000)
        for headers, body in engine.report_to(page, policy, [(event, age)], "report", person.user_agent):
            shop.trace.post(at + delay, person.address, headers, body)


def bare_documents(shop, at):
    """Frames without a URL, in which the page's policy holds; a sample that was cut in an emoji."""
    person = visitor(shop.random, "safari-mobile")
    page = Page("about", status=0, origin_around="https://shop.example")
    policy = shop.policy(f"report-uri {COLLECTOR}")
    engine = ENGINES["webkit"]
    for blocked in ("inline", "https://shop.example:8443/frame.js"):
        headers, body = engine.report_uri(
            page, policy, Violation("script-src-elem", blocked), "report", person.user_agent)
        shop.trace.post(at, person.address, headers, body)
    cart = Page("https://shop.example/cart")
    cut = Violation("script-src-elem", "inline", cart.url, 4, 1, "var a='0123456789012345678901234567890CUT")
    for headers, body in engine.report_to(cart, policy, [(cut, 0)], "report", person.user_agent):
        shop.trace.post(at + MINUTE, person.address, headers, body.replace("CUT", "\\ud83d"))


@trace("not")
def browser_bugs(trace):
    """Doubled and broken URLs, copies of copies, integrity reports about scripts that are in order, documents
    without a name: all about the shop's own and its vendors."""
    shop = Shop(trace)
    shop.injections.append(oddities)

    def copies(midnight):
        for _ in range(15):
            repeated(shop, midnight + trace.random.uniform(1, 23) * HOUR)
            bare_documents(shop, midnight + trace.random.uniform(1, 23) * HOUR)

    shop.run(START, 14, copies)
    return Answer(tickets=frozenset({"integrity"}), never=frozenset({"stripe.com"}))
