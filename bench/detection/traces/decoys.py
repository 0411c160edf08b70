"""Forged reports that should hide a true theft: it has to be paged as if they were not there."""

from score.answer import Must, first, second_network, theft, third_network
from traces import KINDS, trace
from traces.forgeries import FLOODS, TICKETS_MAX
from traces.form import ACTIVE, APP, DAYS, START, THEFT, at_form, fetching, posting, stealing
from wire import Hash, Violation
from world import forger
from world.shop import COLLECTOR, SCRIPTS, content_hash
from world.trace import DAY, HOUR, MINUTE
from year.names import names

GATE = "https://d.greyheron-ui.example/k"
DESTINATIONS = {"greyheron-ui.example"}
DECOYS = 300


def answer(trace, by=second_network):
    """Two pages for the campaign, and the theft by its second network."""
    known = theft(trace, THEFT, DESTINATIONS, by)
    known.tickets, known.pages_max, known.tickets_max = FLOODS, 2, TICKETS_MAX
    return known


def hashes():
    return [Hash(url, content_hash(url, url)) for url in SCRIPTS["payment"]]


def lockstep(trace, beside):
    """The same twelve networks name all decoys, one network every ten minutes, from the theft's hour on."""
    shop = stealing(trace, fetching(GATE))
    decoys = [
        Violation("connect-src", f"https://api.{name}/v", APP, 1, 5518) for name in names(trace.random, DECOYS, "ly")]
    policy = shop.policy("report-to csp", "'report-sha256'")
    for number, address in enumerate(forger.networks(trace.random, 12)):
        forger.batch(trace, ACTIVE + number * 10 * MINUTE, address, policy, beside + decoys)
    shop.run(START, DAYS)
    return answer(trace)


@trace("attack", KINDS)
def lockstep_decoys(trace):
    """Twelve networks name 300 decoys in lockstep while the theft begins."""
    return lockstep(trace, [])


@trace("attack", KINDS)
def lockstep_decoys_with_hashes(trace):
    """The same, and each of the forged visitors reports the hashes of a page view too."""
    return lockstep(trace, hashes())


def scattered(trace, violation, addresses, copies, decoys, invent):
    """Each decoy out of so many of the addresses, through twelve hours around the theft's beginning."""
    shop = stealing(trace, violation)
    policy = shop.policy(f"report-uri {COLLECTOR}")
    for number in range(decoys):
        decoy = invent(number)
        for address in trace.random.sample(addresses, copies):
            at = ACTIVE - HOUR + trace.random.uniform(0, 12 * HOUR)
            forger.single(trace, at, address, policy, decoy)
    shop.run(START, DAYS)
    return answer(trace)


@trace("attack", KINDS)
def flood_of_one_network(trace):
    """4,000 domains out of one network, with strong reasons among them."""
    addresses = [f"198.51.100.{host}" for host in range(1, 200)]
    return scattered(
        trace, fetching(GATE), addresses, 2, 4000, lambda number: forger.invented(trace.random, number))


@trace("attack", KINDS)
def flood_of_200_networks(trace):
    """3,000 domains, each out of two of 200 networks."""
    return scattered(
        trace, fetching(GATE), forger.networks(trace.random, 200), 2, 3000,
        lambda number: forger.invented(trace.random, number))


@trace("attack", KINDS)
def forms_of_100_networks(trace):
    """100 networks report one form-action each, every one a strong reason; the true theft is a form too."""
    hosts = names(trace.random, 100, "pay")
    return scattered(
        trace, posting(GATE), forger.networks(trace.random, 100), 1, 100,
        lambda number: Violation("form-action", f"https://{hosts[number]}/p", forger.PAYMENT, 212, 44))


@trace("attack", KINDS)
def forged_plain_pages(trace):
    """For a day 200 networks report the thief's host on pages without cards, as if visitors carried it
    along; then the theft begins, at one buyer of five. No report names a script: by the third network, as without the
    forgeries."""
    image = Violation("img-src", GATE)
    shop = stealing(
        trace, lambda view: image, lambda view: at_form(view) and view.random.random() < 0.2, sessions_a_day=1500)
    policy = shop.policy(f"report-uri {COLLECTOR}")
    for address in forger.networks(trace.random, 200):
        for _ in range(10):
            at = ACTIVE - trace.random.uniform(0, DAY)
            path = f"https://shop.example/p/{trace.random.randrange(1, 800)}"
            forger.single(trace, at, address, policy, image, path)
    shop.run(ACTIVE - 35 * HOUR, 3)
    return answer(trace, third_network)


@trace("attack", KINDS)
def tickets_held_back(trace):
    """21 forged reports a day name as many new domains; somebody steals passwords on pages without cards: a
    ticket by the second network, and one for the flood beside it at most."""
    shop = stealing(trace, fetching(GATE), lambda view: view.at >= ACTIVE and view.group == "other" and view.random.random() < 0.3)
    policy = shop.policy(f"report-uri {COLLECTOR}")
    hosts = iter(names(trace.random, 21 * DAYS, "ish"))
    for day in range(DAYS):
        for address in forger.networks(trace.random, 21):
            violation = Violation("connect-src", f"https://api.{next(hosts)}/v", APP, 1, 9)
            forger.single(trace, START + day * DAY + 60 + trace.random.random() * 60, address, policy, violation)
    shop.run(START, DAYS)
    known = answer(trace)
    known.must = [Must(
        second_network(trace, THEFT), first(trace, THEFT), "theft by the second network", "ticket", page_group="other",
        destinations=frozenset(DESTINATIONS), theft=THEFT)]
    return known
