"""The checker finds what is missing, late, false or repeated."""

import json
import unittest

from score import backtest
from score.answer import Answer, first, second, second_network, theft
from score.check import check
from world.trace import DAY, Trace, moment, text_of

NOON = moment("2026-10-01T12:00")


def trace_with_victims():
    """Three victims an hour apart, the first two of one network."""
    trace = Trace("test", "1")
    for hour, address in enumerate(("203.0.113.1", "203.0.113.2", "198.18.0.1")):
        trace.post(NOON + hour * 3600, address, {}, "", "theft")
    return trace


def alert(at, severity="page", destination="evil.example", kind="unknown_destination", group="payment"):
    return backtest.alert({
        "at": text_of(at), "alert": kind, "site": "shop", "page_group": group, "destination": destination,
        "severity": severity, "reports": 1, "clients": 1, "reasons": []})


class Checks(unittest.TestCase):
    def outcome(self, alerts, by=second, answer=None):
        trace = trace_with_victims()
        answer = answer or theft(trace, "theft", {"evil.example"}, by)
        return check(trace, answer, alerts, {"requests": 3})

    def reasons(self, *args, **kwargs):
        return " ".join(self.outcome(*args, **kwargs).reasons)

    def test_in_time(self):
        outcome = self.outcome([alert(NOON, "ticket"), alert(NOON + 3600)])
        self.assertEqual((outcome.reasons, outcome.caught, outcome.victims), ([], 1, 2))
        self.assertEqual(outcome.seconds, 3600)

    def test_missed(self):
        self.assertIn("missed", self.reasons([]))
        self.assertIn("missed", self.reasons([alert(NOON, "ticket")]))
        self.assertIn("missed", self.reasons([alert(NOON, group="other")]))
        self.assertIn("missed", self.reasons([alert(NOON, destination="else.example")]))

    def test_late(self):
        self.assertIn("late", self.reasons([alert(NOON + 3600)], by=first))
        self.assertEqual("", self.reasons([alert(NOON + 7200)], by=second_network))

    def test_false(self):
        page = alert(NOON, destination="good.example")
        self.assertIn("1 false pages (good.example)", self.reasons([alert(NOON), page]))
        ticket = alert(NOON, "ticket", "good.example")
        outcome = self.outcome([alert(NOON), ticket])
        self.assertEqual((outcome.reasons, outcome.false_tickets), ([], 1))
        outcome = self.outcome([ticket], answer=Answer(tickets_max=0))
        self.assertIn("1 false tickets", outcome.reasons[0])
        self.assertIn("in order", self.reasons([ticket], answer=Answer(never=frozenset({"good.example"}))))

    def test_a_finding_is_about_all_that_it_lists(self):
        finding = alert(NOON, destination="chaff.example") | {"destinations": ["chaff.example", "evil.example"]}
        outcome = self.outcome([finding], by=first)
        self.assertEqual((outcome.reasons, outcome.false_pages, outcome.network), ([], 0, 1))
        alone = self.outcome([alert(NOON), alert(NOON, destination="chaff.example")])
        self.assertEqual(alone.false_pages, 1)

    def test_networks_and_pages_of_a_theft_are_counted(self):
        outcome = self.outcome([alert(NOON + 7200)], by=second_network)
        self.assertEqual((outcome.reasons, outcome.victims, outcome.network), ([], 3, 2))
        answer = theft(trace_with_victims(), "theft", {"evil.example"}, second)
        answer.pages_of_theft_max = 1
        pages = [alert(NOON), alert(NOON + DAY)]
        self.assertIn("2 pages for one theft", self.reasons(pages, answer=answer))
        self.assertEqual("", self.reasons(pages[:1], answer=answer))

    def test_a_digest_is_no_false_ticket(self):
        digest = alert(NOON, "ticket", "", "destinations_digest", "")
        self.assertEqual(self.outcome([digest], answer=Answer(tickets_max=0)).reasons, [])
        self.assertIn("false pages", self.reasons([digest | {"severity": "page"}], answer=Answer()))

    def test_repeated(self):
        ticket = alert(NOON, "ticket", "good.example")
        self.assertIn("repeated", self.reasons([alert(NOON), ticket, ticket]))
        tomorrow = alert(NOON + DAY, "ticket", "good.example")
        self.assertEqual("", self.reasons([alert(NOON), ticket, tomorrow]))

    def test_silence_counts_from_when_it_began(self):
        answer = theft(trace_with_victims(), "theft", (), first, {"site_silent"}, "ticket")
        answer.must[0].alerts, answer.must[0].after = {"site_silent"}, NOON
        early = alert(NOON - 60, "ticket", "", "site_silent")
        self.assertIn("missed", self.reasons([early], answer=answer))

    def test_all_is_read(self):
        trace = trace_with_victims()
        self.assertIn("2 requests read of 3", check(trace, Answer(), [], {"requests": 2}).reasons[0])


class Output(unittest.TestCase):
    def test_what_breaks_the_contract_is_refused(self):
        summary = json.dumps({"summary": {"requests": 0}})
        self.assertEqual(backtest.read(summary + "\n"), ([], {"requests": 0}))
        for output in ("", '{"alert":"x"}', json.dumps({"at": text_of(0), "alert": "x"}) + "\n" + summary):
            with self.assertRaises(backtest.Failed):
                backtest.read(output)


    def test_findings_and_scores(self):
        plain = alert(NOON)
        evidence = [{"part": "prevalence", "weight": 5.2, "text": "all of the page's visitors"}]
        found = plain | {
            "destinations": ["evil.example", "chaff.example"], "score": 7.2, "evidence": evidence,
            "finding": "evil.example"}
        self.assertEqual(backtest.destinations(backtest.alert(found)), {"evil.example", "chaff.example"})
        self.assertEqual(backtest.destinations(plain), {"evil.example"})
        for wrong in (
                {"destinations": ["chaff.example", "evil.example"]}, {"destinations": ["evil.example"]},
                {"score": "high", "evidence": evidence}, {"score": 7.2}, {"evidence": [{"part": "prevalence"}]},
                {"alert": "unheard_of"}):
            with self.assertRaises(backtest.Failed):
                backtest.alert(plain | wrong)


if __name__ == "__main__":
    unittest.main()
