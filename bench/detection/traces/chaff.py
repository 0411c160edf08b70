"""Skimmers that hide among what they name themselves."""

from score.answer import fifteenth_network, second_network, theft
from traces import KINDS, trace
from traces.exfiltration import card
from traces.form import APP, DAYS, START, THEFT, at_form, fetching, posting, stealing
from wire import Violation
from year.names import names

GATE = "https://api.copperbeech-ui.example/v"
DESTINATION = "copperbeech-ui.example"
# Hosts that the script names in each browser before it steals.
NAMED = 10
# Of three days: one a day, and one for the card number in the URL.
PAGES_OF_THEFT_MAX = 4


def with_card(view):
    return Violation("img-src", f"{GATE}?n={card(view.random)}", APP, 1, 5518)


def behind_chaff(trace, violation, others, alerts=()):
    """`others(random)`: the hosts that are named in one victim's browser."""
    shop = stealing(trace, violation)

    def chaff(view):
        if not at_form(view):
            return []
        return [
            (1.0 + number / 10, Violation("img-src", f"https://cdn.{host}/i.png", APP, 1, 5400))
            for number, host in enumerate(others(view.random))]

    shop.injections.append(chaff)
    shop.run(START, DAYS)
    answer = theft(trace, THEFT, {DESTINATION}, second_network, alerts)
    answer.pages_max, answer.pages_of_theft_max = 2, PAGES_OF_THEFT_MAX
    return answer


def others_each_time(random):
    return names(random, NAMED)


@trace("attack", KINDS)
def chaff(trace):
    """Before it steals, the script names ten unrelated hosts, other ones in each victim's browser."""
    return behind_chaff(trace, fetching(GATE), others_each_time)


@trace("attack", KINDS)
def chaff_of_the_same_hosts(trace):
    """Before it steals, the script names the same ten unrelated hosts in each victim's browser."""
    hosts = names(trace.random, NAMED)
    return behind_chaff(trace, fetching(GATE), lambda random: hosts)


@trace("attack", KINDS)
def chaff_before_a_form(trace):
    """The script names ten unrelated hosts, then the form posts to the thief."""
    return behind_chaff(trace, posting(GATE), others_each_time)


@trace("attack", KINDS)
def chaff_before_a_card_number(trace):
    """The script names ten unrelated hosts, then sends the card number in a URL."""
    return behind_chaff(trace, with_card, others_each_time, {"card_data_in_url"})


def rotating(trace, violation, by=second_network):
    """`violation(host)`. The theft is one finding, of which new destinations are no news: a page a day at most."""
    hosts = iter(names(trace.random, 676))
    named = set()

    def next_host(view):
        host = next(hosts)
        named.add(host)
        return violation(host)

    stealing(trace, next_host, sessions_a_day=600, reports_to=0.5).run(START, DAYS)
    answer = theft(trace, THEFT, named, by)
    answer.pages_of_theft_max = PAGES_OF_THEFT_MAX
    return answer


@trace("attack", KINDS)
def another_domain_for_each_victim(trace):
    """The shop's own script sends to another domain for each victim."""
    return rotating(trace, lambda host: Violation("connect-src", f"https://api.{host}/v", APP, 1, 5518))


@trace("attack", KINDS)
def another_image_for_each_victim(trace):
    """An image of another domain for each victim, and no report names the script."""
    return rotating(trace, lambda host: Violation("img-src", f"https://{host}/p/1.gif"))


@trace("attack", KINDS)
def another_name_of_all_for_each_victim(trace):
    """Code that names itself anew (`//# sourceURL`) sends to another domain and another path for each victim."""
    def anew(host):
        number = trace.random.randrange(10**6)
        source = f"https://shop.example/static/{number}.js"
        return Violation("connect-src", f"https://{host}/{number}/q", source, 1, number % 997 + 1)

    return rotating(trace, anew, fifteenth_network)
