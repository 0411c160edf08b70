"""Which requests a page's events become: which engine sends what, when, and how often.

The page carries two policies that only report, one for each channel, as payment pages are advised to: the
first tells at once, the second all that only the Reporting API tells.
"""

from wire import ENGINES, Hash, Violation
from world import csp

# Chromium's Reporting API delivers on a tick of 60 s.
CHROMIUM_TICK = 60.0


def deliver(view, events):
    """Requests of a page view as `(at, headers, body, is about a theft)`. An event is
    `(seconds after the load, event, is a theft)`."""
    reported = [event for event in events if _is_reported(view, event[1])]
    yield from _by_report_uri(view, reported)
    # Documents without TLS have no Reporting API, but in WebKit.
    is_secure = view.page.url.startswith("https:") or view.visitor.engine == "webkit"
    if view.reports_to and is_secure:
        yield from _by_report_to(view, reported)


def _is_reported(view, event):
    if not isinstance(event, Violation) or event.redirected:
        return True
    return not csp.allows(view.policy_uri, event.directive, event.blocked, view.page.url)


def _by_report_uri(view, events):
    engine = ENGINES[view.visitor.engine]
    seen = set()
    for offset, event, is_theft in events:
        if not isinstance(event, Violation) or event in seen:
            continue
        if view.visitor.engine == "firefox" and event.directive == "form-action":
            continue  # report-only and report-uri: none of eight arrived
        for at in _times(view, offset, event):
            headers, body = engine.report_uri(
                view.page, view.policy_uri, event, "report", view.visitor.user_agent)
            yield at, headers, body, is_theft
        if view.visitor.engine == "chromium":
            seen.add(event)  # only Chromium leaves out what it has told of this page


def _times(view, offset, event):
    """When the copies of a report arrive: WebKit and Firefox send some twice when only reporting."""
    at = view.at + offset + view.random.uniform(0.02, 0.4)
    is_twice = {
        "webkit": event.directive == "connect-src",
        "firefox": event.directive == "font-src" or event.blocked.startswith("wss:"),
    }.get(view.visitor.engine, False)
    return [at, at + 0.01] if is_twice else [at]


def _by_report_to(view, events):
    name = view.visitor.engine
    if name != "chromium":
        # Firefox knows no csp-hash; WebKit told of one script of four.
        hashes = [event for event in events if isinstance(event[1], Hash)]
        events = [event for event in events if event not in hashes]
        if name == "webkit" and hashes:
            events.append(view.random.choice(hashes))
    if not events:
        return
    render = ENGINES[name].report_to
    if name == "chromium":
        # What comes later than the first tick goes with one of its own.
        batches = {}
        for event in events:
            batches.setdefault(int(event[0] // CHROMIUM_TICK), []).append(event)
        for tick, batch in batches.items():
            yield from _batch(view, batch, render, (tick + 1) * CHROMIUM_TICK + view.random.uniform(0, 0.3))
    else:
        for event in events:
            yield from _batch(view, [event], render, event[0] + view.random.uniform(0.01, 0.4))


def _batch(view, batch, render, sent):
    aged = [(event, max(1, round((sent - offset) * 1000))) for offset, event, _ in batch]
    is_theft = any(theft for _, _, theft in batch)
    for headers, body in render(view.page, view.policy_to, aged, "report", view.visitor.user_agent):
        yield view.at + sent, headers, body, is_theft
