"""The thefts of the year: at known times, at a known share of the payment page's visitors."""

from dataclasses import dataclass, field

from wire import Violation
from world.people import network
from world.trace import DAY
from year.lines import Events

APP = "https://shop.example/static/app.js"
PAGE = "https://shop.example/checkout/payment"
# A theft ends with so many victims, or with its slot.
VICTIMS_MAX = 60
WITHOUT_CENSUS = 3


@dataclass
class Theft:
    """`goal`: the network that it has to be paged at."""

    name: str
    share: float
    violation: Violation
    goal: int
    needs_census: bool = False
    begin: float = 0.0
    end: float = 0.0
    # When each victim's first report arrived, and from which network.
    reports: list = field(default_factory=list)

    def __post_init__(self):
        self.events = Events.after(0.1, (self.violation,))

    @property
    def destination(self):
        return self.violation.blocked.split("/")[2].split(".", 1)[1]

    def hits(self, at, random):
        is_on = self.begin <= at < self.end and len(self.reports) < VICTIMS_MAX
        return is_on and random.random() < self.share

    def reported(self, at, address):
        self.reports.append((at, network(address)))

    def networks_until(self, at):
        """How many networks had reported it by then."""
        return len({name for reported, name in self.reports if reported <= at})

    @property
    def networks(self):
        return len({name for _, name in self.reports})


def all_kinds():
    """Shares of the page's visitors, with and without a script of the shop's as the source, and strong reasons."""
    for percent, goal in ((100, 2), (20, 2), (10, 5), (3, 15)):
        own = Violation("connect-src", f"https://api.own{percent}theft.example/v", APP, 1, 5518)
        bare = Violation("img-src", f"https://px.bare{percent}theft.example/i.gif")
        yield Theft(f"own script, {percent} %", percent / 100, own, goal)
        yield Theft(f"no source, {percent} %", percent / 100, bare, goal, needs_census=True)
    form = Violation("form-action", "https://pay.formtheft.example/confirm", PAGE, 212, 44)
    card = Violation("img-src", "https://px.cardtheft.example/i.gif?n=4111111111111111", APP, 1, 9120)
    yield Theft("form-action, 20 %", 0.2, form, 2)
    yield Theft("card number in URL, 20 %", 0.2, card, 2)


def plant(random, start, weeks, has_census):
    """One theft of each kind after the second week, in slots of the same length. The goal is one network more
    where neither a census nor a script of the shop's own speaks."""
    thefts = list(all_kinds())
    for theft in thefts:
        if theft.needs_census and not has_census:
            theft.goal = max(theft.goal, WITHOUT_CENSUS)
    random.shuffle(thefts)
    first = start + min(14, weeks * 7 / 2) * DAY
    slot = (start + weeks * 7 * DAY - first) / len(thefts)
    for number, theft in enumerate(thefts):
        theft.begin = first + slot * (number + random.uniform(0, 0.2))
        theft.end = first + slot * (number + 1)
    return sorted(thefts, key=lambda theft: theft.begin)
