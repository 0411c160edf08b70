"""What runs beside visitors' browsers, and is no theft from the shop."""

from score.answer import Answer
from traces import trace
from wire import Violation
from world import extensions
from world.people import Visitor, home_address, phone_address
from world.shop import Shop
from world.trace import DAY, HOUR, moment

START = moment("2026-10-01T00:00")
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def once_only(view):
    """The long tail: a domain of nobody's knowledge, on one page of one visitor."""
    if view.random.random() > 0.002:
        return []
    name = "".join(view.random.choices(LETTERS, k=view.random.randint(8, 14)))
    directive, path = view.random.choice([
        ("script-src-elem", "ajs/28722/c.js"), ("img-src", "images/pointer.png"), ("connect-src", "api/pcgc"),
        ("font-src", "fonts/icons.woff2")])
    return [(1.0, Violation(directive, f"https://{name}.example/{path}"))]


@trace("not")
def year_of_extensions(trace):
    """A year of a shop's noise: extensions that rules name and such that none names, adware, web views, a
    release every month. The popular ones meet the payment pages in many networks."""
    start = moment("2025-11-01T00:00")
    shop = Shop(trace, sessions_a_day=110, reports_to=0.3)
    shop.extensions = extensions.LISTED + extensions.UNLISTED
    shop.injections.append(once_only)

    def release(midnight):
        month = f"release {(midnight - start) // (30 * DAY)}"
        for script in ("app.js", "checkout.js"):
            shop.contents[f"https://shop.example/static/{script}"] = f"{month} of {script}"

    shop.run(start, 365, release)
    return Answer(tickets=frozenset({"script_changed"}))


# Adware brings a domain a week, each for all that it does.
ADWARE = ("adserve-mix", "tabdealz", "quickpromo-net", "offers-lane")


def adware(view):
    week = int((view.at - START) // (7 * DAY)) % len(ADWARE)
    domain = f"{ADWARE[week]}.example"
    loader = f"https://js.{domain}/code/pid/812933.js"
    return [
        Violation("script-src-elem", loader),
        Violation("img-src", f"https://px.{domain}/metric/?wid=49377&rid=LOADED", loader, 1, 4011),
        Violation("connect-src", f"https://api.{domain}/v1/page", loader, 1, 5120),
    ]


def infected(trace, addresses, days=26):
    """One of these addresses at a time visits the shop with adware, every other day, and buys once a week."""
    shop = Shop(trace)

    def visits(midnight):
        for number, choices in enumerate(addresses):
            if trace.random.random() < 0.5:
                person = Visitor(trace.random.choice(choices), "chrome", [adware])
                at = midnight + trace.random.uniform(8, 21) * HOUR
                shop.session(at, person, buys=(midnight // DAY + number) % 7 < 2)

    shop.run(START, days, visits)
    return Answer()


@trace("not")
def adware_client(trace):
    """One infected client for four weeks, on all pages: one network, so tickets."""
    return infected(trace, [[home_address(trace.random)]])


@trace("not")
def adware_roaming(trace):
    """One infected laptop at home, at work and behind a phone: three networks. It brings its adware to every
    page; a skimmer of the payment pages does not."""
    random = trace.random
    return infected(trace, [[home_address(random), "203.0.113.41", phone_address(random)]])


@trace("not")
def adware_on_two(trace):
    """The same adware on two visitors' machines, who both buy."""
    return infected(trace, [[home_address(trace.random)], [home_address(trace.random)]])
