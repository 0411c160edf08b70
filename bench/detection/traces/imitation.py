"""Thefts that look like noise, or like another page."""

from dataclasses import replace

from score.answer import Answer, Must, fifth_network, first, second_network, theft, third_network
from traces import KINDS, trace
from traces.form import ACTIVE, APP, DAYS, START, THEFT, at_form, stealing
from traces.loaders import typed
from wire import Page, Violation
from world.shop import Shop

GATE = "https://api.russetmill-tools.example/v1"
DESTINATIONS = {"russetmill-tools.example"}
CHROMIUM = ["chrome", "chrome-mobile"]


def named_by_itself(trace, source):
    """All browsers believe the name. Such a source speaks neither for nor against, so the third network."""
    stealing(trace, lambda view: Violation("connect-src", GATE, source, 1, 17), browsers=CHROMIUM).run(START, DAYS)
    return theft(trace, THEFT, DESTINATIONS, third_network)


@trace("attack", KINDS)
def source_url_of_an_extension(trace):
    """`//# sourceURL=chrome-extension://…` at all buyers, in browsers that believe it."""
    return named_by_itself(trace, "chrome-extension")


@trace("attack", KINDS)
def source_url_of_a_web_view(trace):
    """`//# sourceURL=iabjs://inject` at all buyers, as an app's web view has it."""
    return named_by_itself(trace, "iabjs://inject")


def code(trace, violation):
    """Shops and extensions have such code, too: a ticket by the second network, a page by the fifth."""
    stealing(trace, violation).run(START, DAYS)
    answer = theft(trace, THEFT, {"shop.example"}, fifth_network, {"inline_script"})
    answer.must[0].alerts, answer.must[0].destinations = answer.alerts, frozenset()
    begin = first(trace, THEFT)
    answer.must.append(Must(
        second_network(trace, THEFT), begin, "code by the second network", "ticket", alerts=answer.alerts,
        destinations=frozenset(), theft=THEFT))
    return answer


@trace("skimmer", KINDS)
def inline_script_of_every_buyer(trace):
    """An inline script in the payment page that the policy does not allow, at every buyer."""
    sample = "(function(){var f=document.forms[0];f.add"
    return code(trace, lambda view: Violation("script-src-elem", "inline", view.page.url, 14, 9, sample))


@trace("skimmer", KINDS)
def eval_of_every_buyer(trace):
    """A script of the shop's own evaluates text, at every buyer."""
    return code(trace, lambda view: Violation("script-src", "eval", APP, 1, 8120, "var _0x4f=['value','addEven"))


@trace("skimmer", KINDS)
def data_script_of_every_buyer(trace):
    """A script out of a `data:` URL, at every buyer."""
    return code(trace, lambda view: Violation("script-src-elem", "data", APP, 1, 8120))


@trace("not", KINDS)
def inline_scripts_of_extensions(trace):
    """Six extensions put an inline script into the payment page of one buyer of a hundred each: no page."""
    shop = Shop(trace)

    def inline(view):
        number = view.random.randrange(100)
        if view.group != "payment" or number >= 6 or view.visitor.browser != "chrome":
            return []
        return [(0.5, Violation(
            "script-src-elem", "inline", view.page.url, 1, 40 + number, f"window.__ext{number}=1;/*injected by"))]

    shop.injections.append(inline)
    shop.run(START, 21)
    return Answer()


def elsewhere(trace, page, reports_to):
    """The payment page's theft is reported of another document, which `page(view)` gives."""
    shop = Shop(trace)

    def sends(view):
        if at_form(view):
            sent = Violation("img-src", GATE, "" if page(view).origin_around else APP, 1, 66)
            other = replace(view, page=page(view), reports_to=reports_to)
            shop.report(other, [(typed(view), sent, THEFT)])
        return []

    shop.injections.append(sends)
    shop.run(START, DAYS)
    answer = theft(trace, THEFT, DESTINATIONS, second_network)
    answer.must[0].page_group = ""
    return answer


@trace("skimmer", KINDS)
def srcdoc_frame(trace):
    """A frame without a URL sends: its document is `about`. The same client just reported hashes of the payment
    page."""
    return elsewhere(trace, lambda view: Page("about", status=0, origin_around=view.page.origin), False)


@trace("skimmer", KINDS)
def renamed_page(trace):
    """`history.replaceState('/help')` before it sends: the report names a page without cards."""
    return elsewhere(trace, lambda view: Page("https://shop.example/help"), True)
