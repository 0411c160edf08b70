"""Pages that are not shown to customers as the shop sent them: translated, archived, crawled, tried out."""

from score.answer import Answer
from traces import trace
from wire import Violation
from world.people import Visitor, home_address
from world.shop import Shop
from world.trace import HOUR, moment

START = moment("2026-10-01T00:00")


@trace("not")
def translators(trace):
    """Translators in the page, and pages shown by a translator or an archive: documents of another host."""
    shop = Shop(trace)

    def in_page(view):
        if view.random.random() > 0.03:
            return []
        return [
            (0.8, Violation("script-src-elem", "https://translate.google.com/translate_a/element.js?cb=TECB_1E07")),
            (1.2, Violation("img-src", "https://www.gstatic.com/images/branding/product/2x/translate_24dp.png")),
            (1.4, Violation("connect-src", "https://translate.googleapis.com/element/log?format=json")),
        ]

    def elsewhere(midnight):
        for host in ("shop-example.translate.goog", "web.archive.org", "webcache.googleusercontent.com"):
            person = Visitor(home_address(trace.random), "chrome")
            person.extensions = [lambda view, host=host: [
                Violation("script-src-elem", f"https://static.{host}/toolbar.js"),
                Violation("connect-src", f"https://{host}/log")]]
            shop.view(midnight + trace.random.uniform(6, 23) * HOUR, person, "/checkout", host=host)

    shop.injections.append(in_page)
    shop.run(START, 21, elsewhere)
    translated = {"google.com", "googleapis.com", "gstatic.com"}
    return Answer(never=frozenset(translated | {"translate.goog", "archive.org", "googleusercontent.com"}))


@trace("not")
def crawlers(trace):
    """A search engine's renderer, a scanner that tries scripts of its own in parameters, an uptime check: each
    of one network."""
    shop = Shop(trace)

    def probe(view):
        return [Violation("script-src-elem", f"https://x{view.random.randrange(10**6)}.bxss-probe.example/p.js")]

    def preview(view):
        return [Violation("img-src", "https://shot-frame.example/overlay.png")]

    def visits(midnight):
        for _ in range(30):
            at, path = midnight + trace.random.random() * 23 * HOUR, f"/p/{trace.random.randrange(800)}"
            shop.view(at, Visitor(f"192.0.2.{trace.random.randint(64, 95)}", "chrome-mobile"), path)
        for path in ("/checkout?return=%3Cscript%3E", "/p/3?q=%22%3E", "/checkout/payment?next=//x"):
            shop.view(midnight + 3 * HOUR, Visitor("198.51.100.66", "chrome", [probe]), path)
        for hour in range(24):
            shop.view(midnight + hour * HOUR, Visitor("198.51.100.9", "chrome", [preview]), "/checkout")

    shop.run(START, 10, visits)
    return Answer()


@trace("not")
def staging_hosts(trace):
    """Developers' copies: under the shop's domain, with the tools of development and a vendor that they try in
    the office; and under hosts that are none of the shop's."""
    shop = Shop(trace)

    def tools(view):
        return [
            Violation("connect-src", "ws://localhost:35729/livereload", view.page.url, 4, 88),
            Violation("script-src-elem", "http://127.0.0.1:3000/@vite/client"),
            Violation("connect-src", "https://mail.corp.internal/api"),
        ]

    def trial(view):
        return [Violation("script-src-elem", "https://js.paylater-trial.example/sdk.js")]

    homes = [home_address(trace.random) for _ in range(3)]

    def work(midnight):
        for number in range(8):
            at = midnight + trace.random.uniform(8, 18) * HOUR
            office = Visitor(f"203.0.113.{120 + number % 4}", "chrome", [tools, trial])
            shop.view(at, office, "/checkout/payment", host="staging.shop.example")
            at_home = Visitor(homes[number % 3], "firefox", [tools])
            shop.view(at + HOUR, at_home, "/checkout", host="staging.shop.example")
            for host in ("localhost:3000", "shop-preview-42.preview-hosting.example", "shop.test"):
                shop.view(at + 2 * HOUR, Visitor(homes[number % 3], "chrome", [tools, trial]), "/checkout", host=host)

    shop.run(START, 10, work)
    return Answer()
