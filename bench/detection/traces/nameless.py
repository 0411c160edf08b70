"""Thefts out of documents that have no URL: a report of them does not tell which page it was."""

from dataclasses import replace

from score.answer import Must, second_network, theft
from traces import trace
from traces.loaders import typed
from wire import Page, Violation
from world.shop import Shop
from world.trace import moment

ACTIVE = moment("2026-10-05T10:00")
DESTINATIONS = frozenset({"lanternfield.example"})


@trace("skimmer")
def blob_worker(trace):
    """A worker made of a blob sends. Chromium names the document `blob`, and by report-uri alone; Firefox names
    the page. A ticket by the second network, the page when two have named the payment page. Safari is left out: recordings
    of its workers disagree."""
    shop = Shop(trace)

    def worker(view):
        at_form = view.page.url == "https://shop.example/checkout/payment"
        if view.at < ACTIVE or not at_form or view.visitor.engine == "webkit":
            return []
        page = view.page
        if view.visitor.engine == "chromium":
            page = Page("blob", status=0, origin_around=view.page.origin)
        sent = Violation("connect-src", "https://w.lanternfield.example/i", "blob", 1, 88)
        shop.report(replace(view, page=page, reports_to=False), [(typed(view), sent, "worker")])
        return []

    shop.injections.append(worker)
    shop.run(moment("2026-10-01T00:00"), 9)
    answer = theft(trace, "worker", DESTINATIONS, second_network, severity="ticket")
    answer.must[0].page_group = ""
    named = [victim for victim in trace.victims("worker") if victim.browser == "firefox"]
    answer.must.append(Must(
        named[1].at, named[0].at, "worker by the second in Firefox", destinations=DESTINATIONS))
    return answer
