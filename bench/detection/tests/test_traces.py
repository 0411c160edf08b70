"""Traces are the same at every run, in time order, and of victims that browsers report."""

import json
import unittest

from score import backtest
from score.check import check
from traces import KINDS, TRACES
from world import csp
from world.trace import Trace, text_of

# Short ones, that together use all parts.
SAMPLE = (
    "lookalike-loader", "redirect-at-home", "staging-hosts", "taken-for-noise", "srcdoc-frame",
    "one-buyers-bank", "another-image-for-each-victim")
# Of the second design, each with a page or a ticket that is due.
DUE = ("chaff", "inline-script-of-every-buyer", "checkout-host-missing", "renamed-page", "rare-destinations")
ALL = TRACES | KINDS


def perfect(must):
    """The alert that is asked for, at the last moment."""
    return backtest.alert({
        "at": text_of(must.by), "alert": min(must.alerts), "site": "shop", "page_group": must.page_group,
        "destination": min(must.destinations, default=""), "severity": must.severity, "reports": 1, "clients": 1,
        "reasons": []})


class Traces(unittest.TestCase):
    def test_the_same_again_and_in_order(self):
        for name in SAMPLE:
            first, second = Trace(name, "1"), Trace(name, "1")
            ALL[name][1](first)
            ALL[name][1](second)
            lines = list(first.lines())
            self.assertEqual(lines, list(second.lines()), name)
            times = [json.loads(line)["at"] for line in lines]
            self.assertEqual(times, sorted(times), name)
            other = Trace(name, "2")
            ALL[name][1](other)
            self.assertNotEqual(lines, list(other.lines()), name)

    def test_each_is_explained_and_has_a_name_of_its_own(self):
        self.assertFalse(TRACES.keys() & KINDS.keys())
        self.assertTrue(all(function.__doc__ for _, function in ALL.values()))

    def test_what_is_asked_for_passes_and_nothing_fails(self):
        for name in DUE:
            trace = Trace(name, "1")
            answer = ALL[name][1](trace)
            alerts = sorted(map(perfect, answer.must), key=lambda alert: alert["time"])
            summary = {"requests": len(trace)}
            self.assertEqual(check(trace, answer, alerts, summary).reasons, [], name)
            self.assertEqual(len(check(trace, answer, [], summary).reasons), len(answer.must), name)


class Policies(unittest.TestCase):
    def test_sources(self):
        policy = "default-src 'self'; img-src data: https://*.a.example; connect-src https://b.example"
        page = "https://shop.example/x"
        for directive, blocked, expected in [
            ("img-src", "https://i.a.example/p.gif", True),
            ("img-src", "https://a.example/p.gif", False),
            ("img-src", "data", True),
            ("connect-src", "wss://b.example/s", True),
            ("connect-src", "http://b.example/s", False),
            ("font-src", "https://shop.example/f.woff", True),
            ("font-src", "https://shop.example:8443/f.woff", False),
            ("form-action", "https://evil.example/", True),
            ("script-src-elem", "inline", False),
        ]:
            self.assertEqual(csp.allows(policy, directive, blocked, page), expected, (directive, blocked))


if __name__ == "__main__":
    unittest.main()
