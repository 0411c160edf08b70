"""The traffic of the year, hour by hour, as lines of a trace."""

from dataclasses import dataclass, field
from random import Random

from wire import Hash, Violation
from world.shop import HOURLY, SCRIPTS, content_hash
from world.trace import DAY, HOUR, moment
from year import crowd
from year.baggage import Baggage
from year.carriers import Carriers
from year.issuers import CHALLENGED, Issuers
from year.lines import Events, Lines
from year.planted import plant

# A Monday.
START = moment("2026-01-05T00:00")
SMALL = 20
WEEKDAYS = (1.05, 1.0, 1.0, 1.0, 0.95, 0.9, 1.1)
# Share of sessions that carry something which reports; share that buy.
CARRYING = 0.035
BUYING = 0.1
# On pages without cards, only one answer of ten asks for hashes: a shop samples, and the bench has less to write.
HASHES_ELSEWHERE = 0.1
SHOP_SCRIPTS = ("https://shop.example/static/app.js", "https://shop.example/static/checkout.js")
# A known vendor opens a host of its domain that the policy does not have yet, for these hours.
NEW_HOST = Events.after(0.6, [Violation(
    "connect-src", "https://region1.google-analytics.com/g/collect", "https://www.googletagmanager.com/gtag/js", 1, 77)])
NEW_HOST_EVERY, NEW_HOST_FOR = 8 * 7 * DAY, 8 * HOUR


@dataclass
class Year:
    """`sessions`: a day. `lines()` yields text, an hour at a time; afterwards `thefts` know their victims."""

    deployment: object
    seed: str
    weeks: int
    sessions: int = 20_000
    thefts: list = field(default_factory=list)
    releases: list = field(default_factory=list)

    def __post_init__(self):
        random = self._random = Random(f"{self.seed} {self.deployment.name}")
        if self.deployment.is_small:
            self.sessions //= SMALL
        days = self.weeks * 7
        self._lines = Lines(random)
        self._carriers = Carriers(random, Baggage(random, days, START), max(50, self.sessions // 4))
        self._issuers = Issuers(random)
        self.thefts = plant(
            random, START, self.weeks, self.deployment.with_hashes or self.deployment.census > 0)
        self.releases = [
            START + (day + random.choice((0, 1, 2, 3))) * DAY + random.uniform(8, 16) * HOUR
            for day in range(3, days - 3, 14)]
        self._release = None

    @property
    def requests(self):
        return self._lines.count

    def lines(self):
        for hour in range(self.weeks * 7 * 24):
            self._hour(START + hour * HOUR)
            yield self._lines.take(START + (hour + 1) * HOUR)
        yield self._lines.take(float("inf"))

    def _hour(self, begin):
        random, day, hour = self._random, int((begin - START) // DAY), int(begin // HOUR) % 24
        self._load_hashes(begin)
        count = self.sessions * HOURLY[hour] / sum(HOURLY) * WEEKDAYS[day % 7] * random.uniform(0.85, 1.15)
        at_work = day % 7 < 5 and 8 <= hour < 18
        for _ in range(self._chance(count * CARRYING)):
            self._carrier(begin + random.random() * HOUR, at_work)
        for _ in range(self._chance(count * BUYING)):
            self._buyer(begin + random.random() * HOUR, at_work)
        if self.deployment.on_all_pages and (self.deployment.with_hashes or self._is_new_host_open(begin)):
            for _ in range(self._chance(count)):
                self._browse(begin + random.random() * HOUR, at_work)

    def _chance(self, expected):
        """A whole number with this mean."""
        return int(expected + self._random.random())

    def _load_hashes(self, at):
        """What `'report-sha256'` reports of a view, by page group: the shop's scripts change with its releases."""
        release = sum(begin <= at for begin in self.releases)
        if release != self._release:
            self._release = release
            self._hashes = {group: _hashes(urls, release) for group, urls in SCRIPTS.items()}

    @staticmethod
    def _is_new_host_open(at):
        since = (at - START - 9.4 * DAY) % NEW_HOST_EVERY
        return at - START > 9 * DAY and since < NEW_HOST_FOR

    def _carrier(self, at, at_work):
        """A session of somebody who carries something along; one of ten buys."""
        visitor = self._carriers.visit(at, at_work)
        buys = self._random.random() < BUYING
        if self.deployment.on_all_pages:
            at = self._pages(at, visitor, self._asked())
        if buys:
            self._checkout(at, visitor)

    def _buyer(self, at, at_work):
        self._checkout(at, crowd.anybody(self._random, at_work))

    def _browse(self, at, at_work):
        """Pages of somebody without anything that reports: of most nothing arrives."""
        asked = self._asked()
        if any(asked) or self._is_new_host_open(at):
            self._pages(at, crowd.anybody(self._random, at_work), asked)

    def _asked(self):
        """For each page of a session, whether its policy asks for hashes."""
        chance = self._random.random
        if not self.deployment.with_hashes:
            return [False] * (1 + int(6 * chance()))
        return [chance() < HASHES_ELSEWHERE for _ in range(1 + int(6 * chance()))]

    def _pages(self, at, visitor, asked):
        """Views of pages without cards. `asked`: whether each one's policy asks for hashes."""
        chance = self._random.random
        for has_hashes in asked:
            self._view(at, visitor, f"/p/{1 + int(800 * chance())}", "other", has_hashes)
            at += 15 + 75 * chance()
        return at

    def _checkout(self, at, visitor):
        random = self._random
        self._view(at, visitor, "/checkout", "payment", self.deployment.with_hashes)
        at += random.uniform(40, 120)
        self._view(at, visitor, "/checkout/payment", "payment", self.deployment.with_hashes)
        if self.deployment.three_d_secure and random.random() < CHALLENGED:
            self._later(at + random.uniform(40, 150), visitor, self._issuers.challenge(random))
        for theft in self.thefts:
            if theft.hits(at, random):
                arrived = self._later(at + random.uniform(20, 100), visitor, theft.events)
                if arrived is not None:
                    theft.reported(arrived, visitor.address)

    def _view(self, at, visitor, path, group, has_hashes):
        one_of = self.deployment.census
        if one_of and group == "payment" and self._random.random() * one_of < 1:
            self._lines.add_census(at + 0.2, visitor.address, visitor.browser, path, one_of)
        bundles = (self._hashes[group],) if has_hashes else ()
        if self._is_new_host_open(at):
            bundles += (NEW_HOST,)
        for item in visitor.extensions:
            if item.only in ("", group) and (item.odds == 1.0 or self._random.random() < item.odds):
                bundles += (item.events,)
        if bundles:
            self._lines.add(at, visitor.address, visitor.browser, path, group, bundles, has_hashes)

    def _later(self, at, visitor, events):
        """What happens on the payment page when it has been open for a while."""
        return self._lines.add(
            at, visitor.address, visitor.browser, "/checkout/payment", "payment", (events,),
            self.deployment.with_hashes)


def _hashes(urls, release):
    contents = {url: f"{url} {release}" if url in SHOP_SCRIPTS else url for url in urls}
    return Events.after(0.3, [Hash(url, content_hash(url, content)) for url, content in contents.items()])
