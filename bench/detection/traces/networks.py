"""What visitors' networks do to pages."""

from score.answer import Answer
from traces import trace
from wire import Violation
from world.people import Visitor
from world.shop import Shop
from world.trace import HOUR, moment

START = moment("2026-10-01T00:00")


@trace("not")
def corporate_proxy(trace):
    """A company's filter puts its script into every page of its 40 employees, who leave by one network."""
    shop = Shop(trace)
    script = "https://inject.webguard-filter.example/agent.js?c=1182"

    def agent(view):
        return [
            Violation("script-src-elem", script),
            Violation("connect-src", "https://inject.webguard-filter.example/verdict", script.split("?")[0], 2, 310),
        ]

    def office_hours(midnight):
        for _ in range(trace.random.randint(3, 9)):
            browser = trace.random.choice(("chrome", "chrome", "firefox"))
            person = Visitor(f"203.0.113.{trace.random.randint(10, 49)}", browser, [agent])
            shop.session(midnight + trace.random.uniform(8, 17) * HOUR, person)

    shop.run(START, 21, office_hours)
    return Answer()


# What answers in the visitor's own network or on his own machine; nothing of it reaches a thief.
LOCAL = (
    ("img-src", "http://192.168.8.1/html/img/logo.gif"),
    ("script-src-elem", "http://192.168.1.1/portal/inject.js"),
    ("connect-src", "http://10.0.0.1:8080/status"),
    ("connect-src", "wss://127.0.0.1:54530/card-reader"),
    ("connect-src", "https://localhost:3443/agent"),
    ("img-src", "http://gateway.home.arpa/favicon.ico"),
    ("connect-src", "http://printer.local/ipp"),
    ("frame-src", "http://intranet"),
)


@trace("not")
def captive_portals(trace):
    """Hotels, trains, routers and local agents: the same private addresses at people all over the world, on
    payment pages too."""
    shop = Shop(trace)

    def portal(view):
        if view.random.random() > 0.02:
            return []
        directive, url = view.random.choice(LOCAL)
        return [(0.6, Violation(directive, url))]

    shop.injections.append(portal)
    shop.run(START, 21)
    return Answer()


@trace("not")
def carrier_compression(trace):
    """Carriers that shrink the images of pages without TLS put 1.1.1.1 and addresses of their own before them."""
    shop = Shop(trace)

    def rural(midnight):
        for _ in range(12):
            person = Visitor(f"198.18.{trace.random.randrange(64)}.{trace.random.randint(1, 254)}", "chrome-mobile")
            host = trace.random.choice(("1.1.1.1", "91.68.209.8"))
            person.extensions = [lambda view, host=host: [
                Violation("img-src", f"http://{host}/bmi/shop.example/img/p{view.random.randrange(99)}.jpg")]]
            shop.view(midnight + trace.random.uniform(6, 23) * HOUR, person, "/blog/1", scheme="http")

    shop.run(START, 14, rural)
    return Answer()
