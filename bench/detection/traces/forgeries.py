"""Attacks on the collector: reports that no browser made. A real skimmer starts in the midst of the floods."""

from score.answer import Answer, fifth, first, second, theft
from traces import trace
from traces.loaders import typed
from wire import Violation
from world import forger
from world.shop import COLLECTOR, Shop
from world.trace import HOUR, moment

START = moment("2026-10-01T00:00")
FLOOD = moment("2026-10-06T12:00")
APP = "https://shop.example/static/app.js"
# What a flood may bring beside two pages: word of it, and as many tickets as a site has series.
FLOODS = frozenset({"report_flood"})
TICKETS_MAX = 100


def shop_with_skimmer(trace, directive="connect-src", active=FLOOD + HOUR):
    """A skimmer that starts an hour into the flood."""
    shop = Shop(trace)

    def sends(view):
        if view.at < active or view.page.url != forger.PAYMENT:
            return []
        gate = "https://d.silverbirch-ui.example/k"
        source = APP if directive == "connect-src" else view.page.url
        return [(typed(view), Violation(directive, gate, source, 1, 5518))]

    shop.thefts["skimmer"] = sends
    return shop


def answer(trace, by):
    """Two pages are forgiven; the flood may be told of beside them, as a ticket."""
    known = theft(trace, "skimmer", {"silverbirch-ui.example"}, by)
    known.tickets, known.pages_max, known.tickets_max = FLOODS, 2, TICKETS_MAX
    return known


def flood(shop, addresses, domains, copies, seconds):
    """So many invented domains, each told of by so many of the addresses."""
    random = shop.random
    policy = shop.policy(f"report-uri {COLLECTOR}")
    for number in range(domains):
        violation = forger.invented(random, number)
        for address in random.sample(addresses, copies):
            forger.single(shop.trace, FLOOD + random.uniform(0, seconds), address, policy, violation)


@trace("attack")
def forged_by_one_network(trace):
    """5,000 domains out of one network, with strong reasons among them. The true theft beside it, a fake form,
    is paged by its first victim."""
    shop = shop_with_skimmer(trace, "form-action")
    addresses = [f"198.51.100.{host}" for host in range(1, 200)]
    flood(shop, addresses, 5000, 2, 3 * HOUR)
    shop.run(START, 8)
    return answer(trace, first)


@trace("attack")
def forged_by_200_networks(trace):
    """3,000 domains, each told of by two of 200 networks. The true theft has as many witnesses at first; it
    stands out when the fifth victim reports."""
    shop = shop_with_skimmer(trace)
    flood(shop, forger.networks(trace.random, 200), 3000, 2, 12 * HOUR)
    shop.run(START, 8)
    return answer(trace, fifth)


@trace("attack")
def forged_stripe(trace):
    """Reports out of 50 networks that the shop's payment provider is a thief: he is configured."""
    shop = Shop(trace)
    addresses = forger.networks(trace.random, 50)
    policy = shop.policy(f"report-uri {COLLECTOR}")
    for number in range(4000):
        host = trace.random.choice(("js", "api", "hooks", "m", "q", "r"))
        directive = trace.random.choice(("connect-src", "form-action", "script-src-elem"))
        violation = Violation(directive, f"https://{host}.stripe.com/x{number}?n=4111111111111111", APP, 1, 7)
        forger.single(
            trace, FLOOD + trace.random.uniform(0, 6 * HOUR), trace.random.choice(addresses), policy, violation)
    shop.run(START, 8)
    return Answer(tickets=FLOODS, pages_max=2, tickets_max=TICKETS_MAX)


@trace("attack")
def forged_lookalikes(trace):
    """300 look-alikes of the payment provider, each told of once, by one of ten networks: every one has a strong
    reason, and none is true."""
    shop = Shop(trace)
    addresses = forger.networks(trace.random, 10)
    policy = shop.policy(f"report-uri {COLLECTOR}")
    for _ in range(300):
        letters = list("stripe-payments" if trace.random.random() < 0.3 else "google-analytics")
        letters[trace.random.randrange(1, len(letters))] = trace.random.choice("abcdefghijklmnopqrstuvwxyz01")
        violation = Violation("script-src-elem", f"https://js.{''.join(letters)}.example/v3/")
        forger.single(
            trace, FLOOD + trace.random.uniform(0, 6 * HOUR), trace.random.choice(addresses), policy, violation)
    shop.run(START, 8)
    return Answer(tickets=FLOODS, pages_max=2, tickets_max=TICKETS_MAX)


@trace("attack")
def learnt_as_known(trace):
    """For five days 100 networks report things of no weight under a policy that allows the thief's host; then he
    begins. What a report claims to be the policy makes nothing known for the next."""
    shop = shop_with_skimmer(trace)
    policy = shop.policy(f"report-uri {COLLECTOR}").replace(
        "connect-src 'self'", "connect-src 'self' https://d.silverbirch-ui.example")
    addresses = forger.networks(trace.random, 100)
    for _ in range(2500):
        at = START + 2 * HOUR + trace.random.uniform(0, FLOOD - START)
        blocked = trace.random.choice(("inline", "eval", "https://d.silverbirch-ui.example/k"))
        violation = Violation("connect-src" if "//" in blocked else "script-src-elem", blocked, APP, 1, 9)
        forger.single(trace, at, trace.random.choice(addresses), policy, violation)
    shop.run(START, 8)
    known = answer(trace, second)
    known.tickets |= {"policy_changed"}
    return known


@trace("attack")
def seen_for_long(trace):
    """For a month three networks report the thief's host now and then, on pages without cards; then he begins.
    Growing old makes nothing known."""
    begin = moment("2026-10-25T09:00")
    shop = shop_with_skimmer(trace, active=begin)
    policy = shop.policy(f"report-uri {COLLECTOR}")
    for number in range(60):
        at = START + trace.random.uniform(0, begin - START)
        violation = Violation("connect-src", "https://d.silverbirch-ui.example/k", APP, 1, 5518)
        forger.single(trace, at, f"198.19.{number % 3}.7", policy, violation, "https://shop.example/p/3")
    shop.run(START, 28)
    return answer(trace, second)
