"""Visitors who carry something along, and come back."""

from dataclasses import dataclass

from world.people import Visitor
from year import baggage, crowd

# Share of their sessions that are another visit of somebody who was here before.
RETURNING = 0.35
# Seconds that updates take to reach a carrier, on average.
PATIENCE = 12 * 3600


@dataclass
class Carrier:
    """A browser with what is installed in it; `office`: the filtered one that it is in, for good."""

    browser: str
    home: str
    items: tuple
    patience: float
    office: int = None


class Carriers:
    """Those who were here lately, among whom the returning ones are."""

    def __init__(self, random, bags, remembered):
        self._random, self._bags, self._remembered = random, bags, remembered
        self._known = []
        self._filtered = random.sample(range(crowd.OFFICES), baggage.FILTERED_OFFICES)

    def visit(self, at, at_work):
        """A visitor of now, with the versions that he has now."""
        random = self._random
        if self._known and random.random() < RETURNING:
            one = random.choice(self._known)
        else:
            one = self._newcomer(at_work)
            self._remember(one)
        visitor = Visitor(self._address(one, at_work), one.browser)
        visitor.extensions = [self._bags.current(item, at, one.patience) for item in one.items]
        return visitor

    def _address(self, one, at_work):
        if one.office is not None:
            return crowd.office(self._random, one.office)
        return crowd.address(self._random, one.browser, at_work, one.home)

    def _remember(self, one):
        if len(self._known) < self._remembered:
            self._known.append(one)
        else:
            self._known[self._random.randrange(self._remembered)] = one

    def _newcomer(self, at_work):
        random, chance = self._random, self._random.random()
        office = None
        if chance < 0.03:
            items = (random.choice(self._bags.portals),)
        elif chance < 0.07 and at_work:
            office = random.choice(self._filtered)
            items = (self._bags.filters[office % len(self._bags.filters)],)
        else:
            count = random.choices((1, 2, 3), (75, 20, 5))[0]
            items = tuple(self._bags.draw(random) for _ in range(count))
        first = self._bags.current(items[0], 0, 0)
        return Carrier(
            crowd.browser(random, first.browsers), crowd.home(random), items,
            random.expovariate(1 / PATIENCE), office)
