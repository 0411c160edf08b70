"""Lines of the trace from templates: a page view with the same events is rendered once, and filled in with the
time, the client, the path and the nonce."""

import json
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from functools import lru_cache
from random import Random

from wire import Page
from world.delivery import deliver
from world.people import Visitor
from world.shop import COLLECTOR, DIRECTIVES, View, policy_text

PATH, NONCE = "/@PATH@", "@NONCE@"
# As the source of a violation: the page itself.
DOCUMENT = "@DOCUMENT@"
# Rendered views that are kept at hand.
TEMPLATES_MAX = 20_000
URI_POLICY = policy_text(DIRECTIVES, NONCE, f"report-uri {COLLECTOR}")
TO_POLICY = policy_text(DIRECTIVES, NONCE, "report-to csp", "'report-sha256'")


@dataclass(eq=False)
class Events:
    """Events of a page view as `(seconds after the load, event)`. Compared by identity, which is what makes the
    lookup of a template fast: so they are made once and used again."""

    all: tuple

    @classmethod
    def after(cls, seconds, events):
        return cls(tuple((seconds, event) for event in events))


@lru_cache(TEMPLATES_MAX)
def template(browser, path, group, bundles, reports_to):
    """The requests of a view as `(seconds after the load, rest of the line after the client, has a nonce)`.
    `bundles`: its `Events`, as a tuple."""
    page = Page(f"https://shop.example{path}")
    view = View(0.0, Visitor("", browser), page, group, Random(path), URI_POLICY, TO_POLICY, reports_to)
    happenings = [(offset, _at(page, event), False) for bundle in bundles for offset, event in bundle.all]
    rendered = []
    for after, headers, body, _ in deliver(view, happenings):
        fields = {"site": "shop", "tag": "", "headers": headers, "body": body}
        rest = '",' + json.dumps(fields, ensure_ascii=False, separators=(",", ":"))[1:] + "\n"
        rendered.append((after, rest, NONCE in rest))
    return rendered


def _at(page, event):
    return replace(event, source=page.url) if getattr(event, "source", "") == DOCUMENT else event


@lru_cache(256)
def _minute(minute):
    return datetime.fromtimestamp(minute * 60, timezone.utc).strftime("%Y-%m-%dT%H:%M")


def stamp(at):
    """The time as a trace writes it."""
    minute, milliseconds = divmod(round(at * 1000), 60_000)
    return f"{_minute(minute)}:{milliseconds / 1000:06.3f}Z"


class Lines:
    """Lines that were made, in the order of time as far as nothing earlier can come."""

    def __init__(self, random):
        self._random = random
        self._pending = []
        self.count = 0

    def add(self, at, address, browser, path, group, bundles, reports_to):
        """The requests of a view. Returns when the first arrives; `None`: nothing is reported."""
        shown = PATH if path.startswith("/p/") else path
        first = None
        for after, rest, has_nonce in template(browser, shown, group, bundles, reports_to):
            if shown is PATH:
                rest = rest.replace(PATH, path)
            if has_nonce:
                rest = rest.replace(NONCE, f"{self._random.getrandbits(96):024x}")
            moment = at + after
            first = moment if first is None else min(first, moment)
            self._pending.append((moment, f'{{"at":"{stamp(moment)}","client":"{address}{rest}'))
        return first

    def add_census(self, at, address, browser, path, one_of):
        """What the client script sends of a page view that it counts."""
        body = f'[{{"type":"census","url":"https://shop.example{path}","body":{{"oneOf":{one_of}}}}}]'
        headers = {"user-agent": Visitor(address, browser).user_agent, "content-type": "text/plain;charset=UTF-8",
                   "origin": "https://shop.example"}
        rest = {"at": stamp(at), "client": address, "site": "shop", "tag": "", "headers": headers, "body": body}
        self._pending.append((at, json.dumps(rest, ensure_ascii=False, separators=(",", ":")) + "\n"))

    def take(self, before):
        """All lines before this time, as text."""
        self._pending.sort()
        end = next((place for place, (at, _) in enumerate(self._pending) if at >= before), len(self._pending))
        taken, self._pending = self._pending[:end], self._pending[end:]
        self.count += end
        return "".join(line for _, line in taken)
