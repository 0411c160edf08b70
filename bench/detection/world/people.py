"""Visitors: an address, an engine, and what is installed beside it.

Addresses are out of ranges that nobody has: shared address space and the documentation prefix for people at
home, the benchmarking networks for phones behind a carrier's few addresses.
"""

from dataclasses import dataclass, field

BROWSERS = {
    # name: (engine, is a phone, share of visitors, user agent)
    "chrome": ("chromium", False, 40, "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 "
               "(KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"),
    "chrome-mobile": ("chromium", True, 22, "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 "
                      "(KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36"),
    "safari-mobile": ("webkit", True, 24, "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) "
                      "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1"),
    "safari": ("webkit", False, 6, "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) "
               "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15"),
    "firefox": ("firefox", False, 8, "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:153.0) "
                "Gecko/20100101 Firefox/153.0"),
    # Those that only the year has.
    "edge": ("chromium", False, 0, "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 "
             "(KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0"),
    "samsung": ("chromium", True, 0, "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 "
                "(KHTML, like Gecko) SamsungBrowser/29.0 Chrome/144.0.0.0 Mobile Safari/537.36"),
    "in-app": ("chromium", True, 0, "Mozilla/5.0 (Linux; Android 14; SM-S921B Build/UP1A.231005.007; wv) "
               "AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/156.0.0.0 Mobile Safari/537.36 "
               "[FB_IAB/FB4A;FBAV/560.0.0.38.61;]"),
}
# A carrier has tens of thousands of customers behind a /18 of addresses.
CARRIER_NETWORKS = 64


@dataclass
class Visitor:
    """One person's browser."""

    address: str
    browser: str
    extensions: list = field(default_factory=list)

    @property
    def engine(self):
        return BROWSERS[self.browser][0]

    @property
    def is_phone(self):
        return BROWSERS[self.browser][1]

    @property
    def user_agent(self):
        return BROWSERS[self.browser][3]


def visitor(random, browser=None):
    """Anybody, with this browser."""
    if browser is None:
        names = list(BROWSERS)
        browser = random.choices(names, [BROWSERS[name][2] for name in names])[0]
    address = phone_address(random) if BROWSERS[browser][1] else home_address(random)
    return Visitor(address, browser)


def home_address(random):
    if random.random() < 0.4:
        return f"2001:db8:{random.randrange(1, 65536):x}:{random.randrange(65536):x}::{random.randrange(1, 65536):x}"
    return f"100.{random.randrange(64, 128)}.{random.randrange(256)}.{random.randrange(1, 255)}"


def phone_address(random):
    """At home half of the time, else behind the carrier's translation."""
    if random.random() < 0.5:
        return home_address(random)
    return f"198.18.{random.randrange(CARRIER_NETWORKS)}.{random.randrange(1, 255)}"


def network(address):
    """IPv4 /24 or IPv6 /48: what one customer has at the most."""
    if ":" in address:
        return ":".join(address.split(":")[:3])
    return address.rsplit(".", 1)[0]
