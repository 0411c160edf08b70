"""The shop: its pages, its policies, and a day's visitors."""

import base64
import hashlib
import math
from dataclasses import dataclass, field
from random import Random

from wire import Hash, Page
from world import extensions
from world.delivery import deliver
from world.people import Visitor, visitor
from world.trace import DAY, HOUR, MINUTE

COLLECTOR = "https://reports.collector.example/report/shop"
# What the shop loads, by page group. A hash is that of the file's content.
SCRIPTS = {
    "other": ["https://shop.example/static/app.js", "https://img.shopcdn.example/lib/ui.js"],
    "payment": ["https://shop.example/static/app.js", "https://shop.example/static/checkout.js",
                "https://js.stripe.com/v3/"],
}
# Visitors by the hour of the day, UTC.
HOURLY = [2, 1, 1, 1, 1, 2, 4, 7, 9, 11, 12, 12, 13, 12, 11, 11, 12, 14, 17, 19, 18, 14, 9, 5]
DIRECTIVES = {
    "default-src": "'self' https://*.shop.example",
    "script-src": "'self' https://*.shop.example 'nonce-{nonce}' https://js.stripe.com "
                  "https://www.googletagmanager.com https://img.shopcdn.example 'report-sample'",
    "style-src": "'self' https://*.shop.example https://img.shopcdn.example 'unsafe-inline'",
    "img-src": "'self' data: https://*.shop.example https://img.shopcdn.example https://*.stripe.com "
               "https://www.google-analytics.com https://metrics.adpartner.example",
    "connect-src": "'self' https://*.shop.example https://api.stripe.com https://www.google-analytics.com",
    "font-src": "'self' https://img.shopcdn.example",
    "frame-src": "'self' https://js.stripe.com https://hooks.stripe.com",
    "form-action": "'self' https://*.shop.example",
    "base-uri": "'self'",
    "object-src": "'none'",
}


@dataclass
class View:
    """A page in a visitor's browser."""

    at: float
    visitor: Visitor
    page: Page
    group: str
    random: Random
    policy_uri: str
    policy_to: str
    reports_to: bool


@dataclass
class Shop:
    """Traffic of a shop. `injections` are asked for what else happens in a view: they give events as
    `(seconds after the load, event)`; `thefts` likewise, and whom they touch is a victim."""

    trace: object
    sessions_a_day: int = 200
    checkouts: float = 0.25
    # Share of page views whose answer carries the second policy.
    reports_to: float = 1.0
    directives: dict = field(default_factory=lambda: dict(DIRECTIVES))
    scripts: dict = field(default_factory=lambda: {group: list(urls) for group, urls in SCRIPTS.items()})
    injections: list = field(default_factory=list)
    thefts: dict = field(default_factory=dict)
    # What scripts hold, where it is not what they always did.
    contents: dict = field(default_factory=dict)
    # Groups whose answers carry no policy any more, and since when.
    silent_from: dict = field(default_factory=dict)
    browsers: list = None
    # Pages before the cart; where the checkout is.
    pages: tuple = (1, 5)
    checkout: str = "/checkout"
    checkout_host: str = "shop.example"
    extensions: tuple = extensions.LISTED

    @property
    def random(self):
        return self.trace.random

    def run(self, start, days, daily=None):
        """So many days of visitors. `daily`: called with each day's beginning, before it."""
        for day in range(days):
            midnight = start + day * DAY
            if daily:
                daily(midnight)
            for at in sorted(self._arrivals(midnight)):
                self.session(at, self.anybody())

    def _arrivals(self, midnight):
        count = round(self.sessions_a_day * self.random.uniform(0.85, 1.15))
        for hour in self.random.choices(range(24), HOURLY, k=count):
            yield midnight + hour * HOUR + self.random.random() * HOUR

    def anybody(self):
        browser = self.random.choice(self.browsers) if self.browsers else None
        person = visitor(self.random, browser)
        person.extensions = extensions.installed(self.random, person, self.extensions)
        return person

    def session(self, at, person, buys=None):
        """A visit: some pages, and now and then a purchase."""
        for _ in range(self.random.randint(*self.pages)):
            self.view(at, person, f"/p/{self.random.randrange(1, 800)}")
            at += self.random.uniform(15, 90)
        if buys if buys is not None else self.random.random() < self.checkouts:
            self.view(at, person, "/cart")
            host = self.checkout_host
            self.view(at + self.random.uniform(10, 60), person, self.checkout, host)
            self.view(at + self.random.uniform(70, 3 * MINUTE), person, f"{self.checkout}/payment", host)

    def view(self, at, person, path, host="shop.example", scheme="https"):
        """One page view and the reports that it brings."""
        group = "payment" if path.startswith((self.checkout, "/checkout", "/cart/pay")) else "other"
        if at >= self.silent_from.get(group, math.inf):
            return
        view = View(
            at, person, Page(f"{scheme}://{host}{path}"), group, self.random,
            self.policy(f"report-uri {COLLECTOR}"), self.policy("report-to csp", "'report-sha256'"),
            self.random.random() < self.reports_to)
        self.report(view, self._happenings(view))

    def report(self, view, events):
        victim_of = next((theft for _, _, theft in events if theft), None)
        happenings = [(offset, event, bool(theft)) for offset, event, theft in events]
        for at, headers, body, is_theft in deliver(view, happenings):
            self.trace.post(
                at, view.visitor.address, headers, body, victim_of if is_theft else None,
                view.visitor.browser)

    def _happenings(self, view):
        """All events of a view as `(seconds after the load, event, theft or None)`."""
        loaded = [(0.3, Hash(url, self.content(url)), None) for url in self.scripts[view.group]]
        for extension in view.visitor.extensions:
            loaded += [(0.5, event, None) for event in extension(view)]
        for injection in self.injections:
            loaded += [(offset, event, None) for offset, event in injection(view)]
        for name, theft in self.thefts.items():
            loaded += [(offset, event, name) for offset, event in theft(view)]
        return loaded

    def content(self, url):
        return content_hash(url, self.contents.get(url, url))

    def policy(self, reporting, more=""):
        return policy_text(self.directives, f"{self.random.getrandbits(96):024x}", reporting, more)


def content_hash(url, content):
    """Hash of a script; empty for one that is not fetched by CORS."""
    if not url.startswith(("https://shop.example/", "https://img.shopcdn.example/")):
        return ""
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()


def policy_text(directives, nonce, reporting, more=""):
    """The header's value. `more`: sources that script-src has beside its own."""
    parts = []
    for name, sources in directives.items():
        sources = sources.replace("{nonce}", nonce)
        parts.append(f"{name} {sources} {more}".rstrip() if name == "script-src" else f"{name} {sources}")
    return "; ".join([*parts, reporting])
