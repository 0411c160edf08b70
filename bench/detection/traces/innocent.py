"""What is rare and harmless, and must not page."""

from string import ascii_lowercase

from score.answer import Answer, Must, second_network, theft
from traces import KINDS, trace
from traces.form import START, THEFT, stealing
from wire import Violation
from world.shop import Shop
from world.trace import DAY, moment
from year.issuers import Issuers
from year.names import names

LATE = moment("2026-10-11T10:00")
# Of a shop with 50 purchases a day, those that a bank wants confirmed in the page.
CHALLENGED = 0.06


def once_each(shop, violations, group="payment"):
    """Each violation in one view, spread over the trace; returns the injection."""
    left = list(violations)

    def carried(view):
        if view.group != group or not left or view.random.random() > 0.1:
            return []
        return [(0.5, left.pop())]

    shop.injections.append(carried)


def without_alert(trace, violations, days):
    """A shop where each violation happens once, and nothing is due."""
    shop = Shop(trace)
    once_each(shop, violations)
    shop.run(START, days)
    return Answer()


@trace("not", KINDS)
def look_alikes_of_one_client(trace):
    """Thirty names such as qz-analytics.com, each reported by one client: no page."""
    letters = trace.random.choices(ascii_lowercase, k=60)
    hosts = [f"px.{first}{second}-analytics.com" for first, second in zip(letters[::2], letters[1::2])]
    loads = [Violation("script-src-elem", f"https://{host}/a.js") for host in sorted(set(hosts))]
    return without_alert(trace, loads, 10)


@trace("not", KINDS)
def forcepoint(trace):
    """A company's filter, at one client: its name resembles another by chance."""
    return without_alert(trace, [Violation("script-src-elem", "https://www.forcepoint.net/a.js")], 6)


@trace("not", KINDS)
def one_buyers_bank(trace):
    """One buyer's 3-D Secure form, of an access control server that serves many banks: no page."""
    return without_alert(trace, [Violation("form-action", "https://secure5.arcot.com/acspage/cap")], 6)


def with_banks(trace, shop):
    issuers = Issuers(trace.random)

    def confirms(view):
        if not view.page.url.endswith("/payment") or view.random.random() > CHALLENGED:
            return []
        return [(60.0, event) for _, event in issuers.challenge(view.random).all]

    shop.injections.append(confirms)
    return shop


@trace("not", KINDS)
def banks_of_many_buyers(trace):
    """3-D Secure in the payment page: some three buyers a day, of 300 banks by rank. Three pages until that is
    learnt."""
    with_banks(trace, Shop(trace)).run(START, 28)
    return Answer(pages_max=3)


@trace("skimmer", KINDS)
def fake_form_among_banks(trace):
    """The same for ten days; then the form of every buyer posts to the thief: by the second network."""
    shop = stealing(
        trace, lambda view: Violation("form-action", "https://pay.wrenfield.example/c", view.page.url, 212, 44),
        lambda view: view.at >= LATE and view.page.url.endswith("/payment"))
    with_banks(trace, shop).run(START, 12)
    answer = theft(trace, THEFT, {"wrenfield.example"}, second_network)
    answer.pages_max = 3
    return answer


@trace("not", KINDS)
def rare_destinations(trace):
    """Forty new destinations a day, each at one visitor, half of them on payment pages: a digest a day, and five
    tickets a week."""
    shop = Shop(trace)
    hosts = names(trace.random, 560)
    loads = [Violation("script-src-elem", f"https://js.{host}/l.js") for host in hosts]
    once_each(shop, loads[::2])
    once_each(shop, loads[1::2], "other")
    shop.run(START, 14)
    answer = Answer(tickets_max=10)
    answer.must.append(Must(
        START + 2 * DAY, START, "digest by the end of the second day", "ticket", page_group="",
        alerts=frozenset({"destinations_digest"})))
    return answer
