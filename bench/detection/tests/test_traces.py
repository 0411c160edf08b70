"""Traces are the same at every run, in time order, and of victims that browsers report."""

import json
import unittest

from traces import TRACES
from world import csp
from world.trace import Trace

# Short ones, that together use all parts.
SAMPLE = ("lookalike-loader", "redirect-at-home", "staging-hosts", "taken-for-noise")


class Traces(unittest.TestCase):
    def test_the_same_again_and_in_order(self):
        for name in SAMPLE:
            first, second = Trace(name, "1"), Trace(name, "1")
            TRACES[name][1](first)
            TRACES[name][1](second)
            lines = list(first.lines())
            self.assertEqual(lines, list(second.lines()), name)
            times = [json.loads(line)["at"] for line in lines]
            self.assertEqual(times, sorted(times), name)
            other = Trace(name, "2")
            TRACES[name][1](other)
            self.assertNotEqual(lines, list(other.lines()), name)


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
