"""The two breaches that are known day by day."""

from score.answer import Must, first, second, theft
from traces import trace
from wire import Violation
from world.shop import Shop
from world.trace import DAY, HOUR, MINUTE, moment


@trace("skimmer")
def fake_form(trace):
    """Five active days of thirteen, about 40 victims a day: a form of the thief's in place of the shop's."""
    active = [moment(f"2026-12-{day:02}T00:00") for day in (2, 3, 4, 8, 9)]
    shop = Shop(trace)

    def form(view):
        is_active = any(day <= view.at < day + DAY for day in active)
        if not is_active or view.page.url != "https://shop.example/checkout/payment":
            return []
        typed = view.random.uniform(25, 110)
        action = Violation("form-action", "https://secure.lindenpay.example/p/confirm", view.page.url, 212, 44)
        return [(typed, action)] if view.random.random() < 0.85 else []

    shop.thefts["form"] = form
    shop.run(moment("2026-11-27T00:00"), 13)
    answer = theft(trace, "form", {"lindenpay.example"}, first)
    answer.must.append(first_return(trace, "form", answer.destinations))
    return answer


@trace("skimmer")
def intermittent_script(trace):
    """Two months, some minutes every few days: what was typed goes by fetch, now and then by an image."""
    start, days = moment("2026-09-15T00:00"), 60
    bursts, at = [], start + 3 * DAY
    while at < start + days * DAY:
        begin = at + trace.random.uniform(9, 21) * HOUR
        bursts.append((begin, begin + trace.random.uniform(15, 50) * MINUTE))
        at += trace.random.randint(2, 6) * DAY
    shop = Shop(trace, sessions_a_day=280)

    def script(view):
        is_on = any(begin <= view.at < end for begin, end in bursts)
        if not is_on or not view.page.url.startswith("https://shop.example/checkout/"):
            return []
        channel = "connect-src" if view.random.random() < 0.7 else "img-src"
        gate = f"https://assets.brightmeadow.example/v/{view.random.randrange(10**6)}.gif"
        script = "https://shop.example/static/app.js"
        return [(view.random.uniform(20, 80), Violation(channel, gate, script, 1, 90311))]

    shop.thefts["script"] = script
    shop.run(start, days)
    answer = theft(trace, "script", {"brightmeadow.example"}, second)
    answer.must.append(first_return(trace, "script", answer.destinations, networks=2))
    return answer


def first_return(trace, name, destinations, networks=1):
    """After more than three days of silence it is alerted again, by its second network; a form by the first report."""
    victims = trace.victims(name)
    number = next(
        number for number in range(2, len(victims)) if victims[number].at - victims[number - 1].at > 3 * DAY)
    back, due = victims[number], victims[number + networks - 1]
    return Must(
        due.at, back.at, f"return of {name}", destinations=destinations, theft=name,
        after=back.at - HOUR)
