"""The year is the same at every run, in time order, with the thefts that it says; its figures count right."""

import json
import unittest

from score import backtest
from world.trace import text_of
from year import report
from year.baggage import Baggage, Item
from year.deployment import DEPLOYMENTS
from year.measure import WEEK, at_threshold, judge
from year.stream import START, Year

ALL_PAGES, PAYMENT_PAGES = DEPLOYMENTS[0], DEPLOYMENTS[3]


def small(deployment, seed="1", weeks=2):
    return Year(deployment, seed, weeks, sessions=300)


def text(year):
    return "".join(year.lines())


class Streams(unittest.TestCase):
    def test_the_same_again_and_in_order(self):
        for deployment in (ALL_PAGES, PAYMENT_PAGES):
            year = small(deployment)
            lines = text(year)
            self.assertEqual(lines, text(small(deployment)))
            self.assertNotEqual(lines, text(small(deployment, "2")))
            times = [json.loads(line)["at"] for line in lines.splitlines()]
            self.assertEqual(times, sorted(times))
            self.assertEqual(len(times), year.requests)

    def test_lines_are_what_browsers_send(self):
        for line in map(json.loads, text(small(ALL_PAGES)).splitlines()):
            self.assertNotIn("@", line["body"])
            self.assertIn(line["headers"]["origin"], ("https://shop.example", "null"))

    def test_what_is_not_deployed_reports_nothing(self):
        self.assertIn("csp-hash", text(small(ALL_PAGES)))
        payment = text(small(PAYMENT_PAGES))
        self.assertNotIn("csp-hash", payment)
        self.assertNotIn("https://shop.example/p/", payment)
        self.assertNotIn("bank.example", payment)
        with_banks = next(one for one in DEPLOYMENTS if one.three_d_secure)
        self.assertIn("bank.example", text(small(with_banks)))

    def test_thefts_are_at_the_payment_page_in_their_time(self):
        year = small(PAYMENT_PAGES, weeks=4)
        lines = [json.loads(line) for line in text(year).splitlines()]
        for theft in year.thefts:
            times = [line["at"] for line in lines if theft.destination in line["body"]]
            self.assertEqual(bool(times), bool(theft.reports), theft.name)
            self.assertTrue(all(text_of(theft.begin) <= at for at in times), theft.name)
            self.assertEqual(theft.networks_until(theft.begin - 1), 0)
        self.assertTrue(any(theft.networks > 1 for theft in year.thefts))

    def test_plain_chrome_on_android_has_no_extensions(self):
        bags = Baggage(small(ALL_PAGES)._random, 28, START)
        kinds = [bags.current(number, START, 0) for number in range(400)]
        self.assertTrue(all(isinstance(kind, Item) and "chrome-mobile" not in kind.browsers for kind in kinds))
        only = sum(kind.only == "payment" for kind in kinds)
        self.assertTrue(30 <= only <= 95, only)


def alert(at, destination, severity="page", **more):
    return backtest.alert({
        "at": text_of(at), "alert": "unknown_destination", "site": "shop", "page_group": "payment",
        "destination": destination, "severity": severity, "reports": 1, "clients": 1, "reasons": []} | more)


class Figures(unittest.TestCase):
    def setUp(self):
        self.year = small(PAYMENT_PAGES, weeks=3)
        self.theft = self.year.thefts[0]
        for second, network in enumerate(("198.18.1", "198.18.1", "198.18.2")):
            self.theft.reported(self.theft.begin + second, f"{network}.7")

    def run_of(self, *alerts):
        return judge(self.year, list(alerts))

    def test_a_planted_theft_is_no_false_page(self):
        run = self.run_of(
            alert(START, "stranger.example"),
            alert(self.theft.begin + 2, "other.example", destinations=["other.example", self.theft.destination]))
        self.assertEqual([page["destination"] for page in run.pages], ["stranger.example"])
        self.assertEqual([one.network for one in run.caught if one.theft is self.theft], [2])
        self.assertEqual(sum(one.network is None for one in run.caught), len(run.caught) - 1)

    def test_what_falls_short_is_named(self):
        pages = [alert(START + WEEK + day, f"s{day}.example") for day in range(2)]
        self.assertIn("2 |", report.deployment_line([self.run_of(*pages)]))
        self.assertIn("pages", report.shortfalls([self.run_of(*pages)], [2], [0]))
        self.assertNotIn("pages", report.shortfalls([self.run_of(*pages[:1])], [1], [0]))
        self.assertIn("tickets", report.shortfalls([self.run_of()], [0], [5.5]))

    def test_the_curve_reads_scores(self):
        evidence = [{"part": "prevalence", "weight": 4.0, "text": "two of two"}]
        run = self.run_of(
            alert(START + WEEK, "stranger.example", "ticket", score=4.0, evidence=evidence),
            alert(self.theft.begin + 1, self.theft.destination, "ticket", score=3.0, evidence=evidence),
            alert(self.theft.begin + 2, self.theft.destination, score=6.5, evidence=evidence))
        place = self.year.thefts.index(self.theft)
        for threshold, false, network in ((3, 1, 1), (5, 0, 2), (7, 0, None)):
            count, networks = at_threshold(run, threshold)
            self.assertEqual((count, networks[place]), (false, network), threshold)


if __name__ == "__main__":
    unittest.main()
