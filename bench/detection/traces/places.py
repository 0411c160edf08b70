"""Thefts where the configuration does not look: spellings, hosts, frames, and what is known too broadly."""

from dataclasses import replace

from score.answer import Must, fifth_network, first, second_network, theft
from traces import KINDS, trace
from traces.exfiltration import card
from traces.form import ACTIVE, DAYS, START, THEFT, at_form, fetching, stealing
from traces.loaders import typed
from wire import Hash, Page, Violation
from world.shop import DIRECTIVES, SCRIPTS, Shop
from world.trace import HOUR

GATE = "https://api.hazelnook-ui.example/v1"
DESTINATIONS = {"hazelnook-ui.example"}


def spelled(trace, checkout, severity="page"):
    stealing(trace, fetching(GATE), checkout=checkout).run(START, DAYS)
    answer = theft(trace, THEFT, DESTINATIONS, second_network, severity=severity)
    if severity == "ticket":
        answer.must[0].page_group = ""
    return answer


@trace("skimmer", KINDS)
def checkout_in_capitals(trace):
    """The shop's payment pages are under /Checkout, the configuration says /checkout."""
    return spelled(trace, "/Checkout")


@trace("skimmer", KINDS)
def checkout_with_two_slashes(trace):
    """The payment pages are reached as //checkout."""
    return spelled(trace, "//checkout")


@trace("skimmer", KINDS)
def checkout_percent_encoded(trace):
    """The payment pages are reached as /%63heckout."""
    return spelled(trace, "/%63heckout")


@trace("skimmer", KINDS)
def checkout_behind_index_php(trace):
    """/index.php/checkout, for which the configuration has no pattern: a ticket by the second network."""
    return spelled(trace, "/index.php/checkout", "ticket")


@trace("skimmer", KINDS)
def checkout_behind_a_language(trace):
    """/de/checkout, for which the configuration has no pattern: a ticket by the second network."""
    return spelled(trace, "/de/checkout", "ticket")


def at_missing_host(trace, violation, alerts=()):
    trace.config = "exact-hosts.toml"
    stealing(trace, violation, checkout_host="secure.shop.example").run(START, DAYS)
    answer = theft(
        trace, THEFT, DESTINATIONS | {"shop.example", "secure.shop.example"}, second_network,
        frozenset(alerts) | {"host_not_configured"})
    answer.must[0].page_group, answer.must[0].destinations = "", frozenset(DESTINATIONS)
    begin = first(trace, THEFT)
    answer.must.append(Must(
        begin, START, "host that is not configured", "ticket", page_group="",
        alerts=frozenset({"host_not_configured"})))
    return answer


@trace("skimmer", KINDS)
def checkout_host_missing(trace):
    """The checkout is on secure.shop.example, which `hosts` does not have: a ticket says so, and a theft there is
    judged like the site's."""
    return at_missing_host(trace, fetching(GATE))


@trace("skimmer", KINDS)
def checkout_host_missing_form(trace):
    """The same, with a form's action and a card number."""
    return at_missing_host(
        trace, lambda view: Violation("form-action", f"{GATE}?n={card(view.random)}", view.page.url, 212, 44),
        {"card_data_in_url"})


def forbidden(trace, violation, destination, **shop):
    """Known by the configuration, and forbidden by the page's policy to all buyers: a ticket by the fifth."""
    stealing(trace, violation, **shop).run(START, DAYS)
    return theft(trace, THEFT, {destination}, fifth_network, severity="ticket")


@trace("skimmer", KINDS)
def known_host_that_the_policy_forbids(trace):
    """`known` has a CDN of many tenants, the page's policy does not, and every buyer reports it: a ticket."""
    trace.config = "exact-hosts.toml"
    script = "https://cdn.jsdelivr.net/npm/checkout-helper@1.0.2/i.js"
    return forbidden(trace, lambda view: Violation("script-src-elem", script), "jsdelivr.net")


@trace("skimmer", KINDS)
def wildcard_of_own_hosts(trace):
    """`hosts` has *.shop.example, the policy only 'self'; a forgotten subdomain receives the cards: a ticket."""
    narrow = DIRECTIVES | {"connect-src": "'self' https://api.stripe.com"}
    return forbidden(trace, fetching("https://promo2019.shop.example/v"), "shop.example", directives=narrow)


@trace("skimmer", KINDS)
def sibling_of_a_known_tenant(trace):
    """script.google.com beside the known www.google.com: anybody can have a script there."""
    trace.config = "exact-hosts.toml"
    script = "https://script.google.com/macros/s/AKfycbx0/exec"
    stealing(trace, fetching(script)).run(START, DAYS)
    return theft(trace, THEFT, {"google.com"}, second_network)


@trace("skimmer", KINDS)
def another_account_beside_the_known_one(trace):
    """`known` has the shop's own account of an error collector; the theft goes to another."""
    trace.config = "exact-hosts.toml"
    stealing(trace, fetching("https://o666.ingest.sentry.io/api/2/envelope/")).run(START, DAYS)
    return theft(trace, THEFT, {"sentry.io"}, second_network)


@trace("skimmer", KINDS)
def bucket_that_images_may_come_from(trace):
    """The policy allows images of a store of everybody's files, and the shop's script posts there."""
    images = DIRECTIVES["img-src"] + " https://storage.googleapis.com"
    stealing(
        trace, fetching("https://storage.googleapis.com/hazelnook/v"), directives=DIRECTIVES | {"img-src": images},
    ).run(START, DAYS)
    return theft(trace, THEFT, {"storage.googleapis.com"}, second_network)


@trace("skimmer", KINDS)
def frame_of_the_home_page(trace):
    """A frame of the home page in the payment page sends, and reports name the home page."""
    shop = Shop(trace)

    def frame(view):
        if not at_form(view):
            return []
        inside = replace(view, page=Page("https://shop.example/", view.page.url), group="other")
        loaded = [(typed(view), Hash(url, shop.content(url)), None) for url in SCRIPTS["other"]]
        shop.report(inside, [*loaded, (typed(view) + 1, fetching(GATE)(view), THEFT)])
        return []

    shop.injections.append(frame)
    shop.run(START, DAYS)
    return theft(trace, THEFT, DESTINATIONS, second_network)


@trace("skimmer", KINDS)
def one_victim_in_each_country(trace):
    """Four checkouts that are page groups of their own, and one victim a day on each: the second of all is a page."""
    trace.config = "countries.toml"
    for number, country in enumerate(("at", "de", "fr", "it")):
        begin, hit = ACTIVE + number * HOUR, set()

        def is_hit(view, begin=begin, hit=hit):
            day = int((view.at - begin) // (24 * HOUR))
            if not at_form(view, begin) or day in hit:
                return False
            hit.add(day)
            return True

        stealing(trace, fetching(GATE), is_hit, checkout=f"/{country}/checkout").run(START, DAYS)
    answer = theft(trace, THEFT, DESTINATIONS, second_network)
    answer.must[0].page_group = ""
    return answer
