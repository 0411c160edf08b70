"""Somebody who posts reports that no browser made. He knows the formats as well as we do."""

from wire import ENGINES, Page, Violation
from world.people import BROWSERS

AGENT = BROWSERS["chrome"][3]
PAYMENT = "https://shop.example/checkout/payment"
# What one POST may carry.
BATCH = 50


def networks(random, count):
    """Addresses of so many networks, at hand to a botnet's tenant."""
    return [f"198.19.{number}.{random.randint(1, 254)}" for number in range(count)]


def single(trace, at, address, policy, violation, url=PAYMENT):
    """One report, as Chromium sends it by report-uri."""
    headers, body = ENGINES["chromium"].report_uri(Page(url), policy, violation, "report", AGENT)
    trace.post(at, address, headers, body)


def batch(trace, at, address, policy, violations, url=PAYMENT):
    """Many in one POST, as Chromium's Reporting API does."""
    for start in range(0, len(violations), BATCH):
        part = [(violation, 1000 + place) for place, violation in enumerate(violations[start:start + BATCH])]
        for headers, body in ENGINES["chromium"].report_to(Page(url), policy, part, "report", AGENT):
            trace.post(at + start / BATCH, address, headers, body)


def invented(random, number):
    """A violation about a domain that nobody has, of any kind, strong reasons among them."""
    name = f"{random.choice(('cdn', 'pay', 'img', 'stat', 'api'))}-{random.getrandbits(40):x}-{number}.example"
    directive = random.choice(("connect-src", "img-src", "script-src-elem", "form-action"))
    query = "?n=4111111111111111" if random.random() < 0.2 else ""
    return Violation(directive, f"https://{name}/c{query}", PAYMENT, 1, 9)
