"""The visitors: browsers as they are used, and networks as there are: homes, carriers, offices."""

from itertools import accumulate

from world.people import Visitor

# Percent of sessions.
SHARES = {
    "chrome": 33, "edge": 7, "firefox": 6, "safari": 6, "safari-mobile": 25, "chrome-mobile": 17, "samsung": 3,
    "in-app": 3,
}
NAMES = list(SHARES)
WEIGHTS = list(accumulate(SHARES.values()))
PHONES = frozenset({"safari-mobile", "chrome-mobile", "samsung", "in-app"})
OFFICES = 500
CARRIER_NETWORKS = 512


def browser(random, among=None):
    """One as people use them; `among`: some of them."""
    if among is None:
        return random.choices(NAMES, cum_weights=WEIGHTS)[0]
    return random.choices(among, [SHARES.get(name, 1) for name in among])[0]


def home(random):
    """A reserved IPv6 prefix (RFC 9637), or an IPv4 address of the class that is nobody's. A provider gives a
    home a network of its own in IPv6, and puts 254 into one in IPv4."""
    bits = random.getrandbits(60)
    if bits & 15 < 7:
        return f"3fff:{bits >> 4 & 0xfff:x}:{bits >> 16 & 0xffff:x}:{bits >> 32 & 0xff:x}::{bits >> 40 & 0xffff:x}"
    return f"{240 + (bits >> 4) % 14}.{bits >> 16 & 0xff}.{bits >> 24 & 0xff}.{1 + (bits >> 32) % 254}"


def carrier(random):
    """Behind a carrier's translation: thousands share a network, and few of them carry most."""
    number = int(CARRIER_NETWORKS * random.random() ** 2)
    return f"198.{18 + (number >> 8)}.{number & 0xff}.{random.randrange(1, 255)}"


def office(random, number=None):
    """One of the addresses of a company; large ones send most."""
    if number is None:
        number = int(OFFICES * random.random() ** 2)
    return f"254.{number >> 8}.{number & 0xff}.{random.randrange(1, 4)}"


def anybody(random, at_work):
    """A visitor without anything that reports, who is seen once."""
    name = browser(random)
    return Visitor(address(random, name, at_work), name)


def address(random, name, at_work, at_home=None):
    """Where somebody with this browser is now."""
    if name in PHONES and random.random() < 0.4:
        return carrier(random)
    if name not in PHONES and at_work and random.random() < 0.25:
        return office(random)
    return at_home if at_home and random.random() < 0.95 else home(random)
