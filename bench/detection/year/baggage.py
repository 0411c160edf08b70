"""What visitors carry along that reports: some 400 domains of extensions and adware by rank, published noise,
portals, and the filters of companies."""

from dataclasses import dataclass
from itertools import accumulate

from traces.networks import LOCAL
from world.extensions import LISTED, act
from year.crowd import SHARES
from year.lines import DOCUMENT, Events
from year.names import names

DOMAINS = 400
# A domain's share falls with its rank to this power.
FALL = 0.9
CHECKOUT_ONLY = 0.15
# The browsers that an extension is in: plain Chrome on Android has none.
PLATFORMS = (
    (("chrome", "edge"), 55), (("chrome", "edge", "firefox", "safari"), 25), (("firefox",), 8),
    (("safari", "safari-mobile"), 7), (("samsung", "in-app"), 5),
)
# How what is carried shows in reports.
STYLES = (("asset", 35), ("loader", 30), ("injected", 15), ("extension", 20))
# Seconds after the load.
LOADED = 0.5
FILTERS = 8
FILTERED_OFFICES = 40


def choose(random, weighted):
    values, weights = zip(*weighted)
    return random.choices(values, weights)[0]


@dataclass(eq=False)
class Item:
    """Something that is carried along: in these browsers, on these pages (`""`: all), on `odds` of them."""

    browsers: tuple
    events: Events
    odds: float = 1.0
    only: str = ""


def item(browsers, violations, odds=1.0, only=""):
    return Item(browsers, Events.after(LOADED, violations), odds, only)


def extension(random, domain):
    """An extension or adware that names this domain, as something that is installed."""
    browsers, style = choose(random, PLATFORMS), choose(random, STYLES)
    only = "payment" if random.random() < CHECKOUT_ONLY else ""
    odds = 1.0 if random.random() < 0.7 else 0.4
    return item(browsers, events(random, domain, style, browsers), odds, only)


def events(random, domain, style, browsers):
    if style == "asset":
        directive, path = random.choice(
            (("img-src", "i/badge.png"), ("font-src", "f/icons.woff2"), ("style-src-elem", "s/panel.css")))
        return (act(directive, f"https://cdn.{domain}/{path}"),)
    if style == "loader":
        loader = f"https://js.{domain}/load.js"
        return (
            act("script-src-elem", loader),
            act("connect-src", f"https://api.{domain}/v1/offers", loader, line=1, column=random.randrange(9, 9000)),
        )
    if style == "injected":
        # It puts an inline script into the page, whose requests are the page's.
        return (act("connect-src", f"https://api.{domain}/p", DOCUMENT, line=1, column=random.randrange(9, 900)),)
    scheme = "moz-extension" if browsers == ("firefox",) else "chrome-extension"
    return (act("connect-src", f"https://api.{domain}/x", scheme),)


class Baggage:
    """Draws what a visitor carries, and knows which new version has replaced it."""

    def __init__(self, random, days, start):
        domains = names(random, DOMAINS)
        self._kinds = [extension(random, domain) for domain in domains]
        self._weights = list(accumulate(1 / rank ** FALL for rank in range(1, DOMAINS + 1)))
        self._published = [item(kind.browsers, kind.events, kind.odds, kind.only) for kind in LISTED]
        self._published_weights = list(accumulate(kind.share for kind in LISTED))
        self.portals = [item(tuple(SHARES), (act(*local),)) for local in LOCAL]
        self.filters = [_filter(domain) for domain in names(random, FILTERS, "guard")]
        self._rollouts = _rollouts(random, days, start)

    def draw(self, random):
        """One of the 400, mostly; else one that published rules name."""
        if random.random() < 0.73:
            return random.choices(range(DOMAINS), cum_weights=self._weights)[0]
        return random.choices(self._published, cum_weights=self._published_weights)[0]

    def current(self, drawn, at, patience):
        """The item, in the version that the carrier has at this time: updates reach him after `patience`."""
        if isinstance(drawn, Item):
            return drawn
        versions = [new for since, new in self._rollouts.get(drawn, ()) if at > since + patience]
        return versions[-1] if versions else self._kinds[drawn]


def _filter(domain):
    """A company's proxy that puts its script into every page."""
    script = f"https://inject.{domain}/agent.js"
    return item(tuple(SHARES), (
        act("script-src-elem", script), act("connect-src", f"https://inject.{domain}/verdict", script)))


def _rollouts(random, days, start):
    """About every ten days a vendor of the first 60 ranks rolls out a version that uses a new domain: all
    carriers begin to name it within a day."""
    found = {}
    for number, domain in enumerate(names(random, max(1, days // 10), "labs")):
        at = start + (number * 10 + random.uniform(4, 9)) * 86400
        found.setdefault(random.randrange(60), []).append((at, extension(random, domain)))
    return found
