"""Overview: are my sites being attacked?"""

from generate import panels
from generate.panels import INCIDENT, SITE, VERDICTS
from generate.queries import now, over_time, rows, series
from generate.variables import OF_SITES, site

TITLE = "cspwatch / Overview"
QUESTION = "Are my sites being attacked, and would I hear of it?"
RANGE = "now-24h"
VARIABLES = (site,)

SEEN = "cspwatch_unknown_destination_last_seen_timestamp_seconds"
VERDICTS_TOLD = "cspwatch_verdicts_total"
BY = "site, page_group, destination, channel, severity, finding"
LATELY = f"max by ({BY}) ({SEEN}{{{OF_SITES}}}) > time() - 86400"


def findings(severity):
    """How many findings of a severity were reported within a day: what the alerts are about, one each."""
    per_finding = f'max by (site, page_group, finding) ({SEEN}{{{OF_SITES}, severity="{severity}"}}) > time() - 86400'
    return now(f"count({per_finding}) or vector(0)")


def grown(metric, time, labels=OF_SITES):
    """By how much a counter grew, for shares. A counter that was above 0 when Prometheus first saw it has not grown, says
    `increase`. `increase` extrapolates, 1 becomes 1.03 or 2: what people count one by one is asked of ClickHouse.
    """
    counter = f"{metric}{{{labels}}}"
    return f"sum((increase({counter}[{time}]) > 0) or ({counter} > 0 unless {counter} offset {time}))"


def build():
    yield panels.heading("Now")
    yield panels.number(
        "Unknown on payment pages", "Findings of severity `page` that were reported within a day, each with one destination or several. "
        "0 is the good news.",
        findings("page"), worse=1)
    yield panels.number(
        "Unknown elsewhere", "Findings of severity `ticket` that were reported within a day: to be looked at in working hours.",
        findings("ticket"), bad=1)
    yield panels.number(
        "Silent page groups", "Page groups that report less than chance explains: a removed header looks so. 0 is the good news.",
        now(f"count(time() > max by (site, page_group) (cspwatch_site_silent_from_timestamp_seconds{{{OF_SITES}}})) or vector(0)"), bad=1)
    yield panels.number(
        "Card numbers in URLs", "Reports of a day in whose URLs a card number stood. 0 is the good news.",
        rows("overview_card_numbers"), worse=1, decimals=0)
    yield panels.number(
        "Integrity failures", "Scripts of a day that did not match their hash or had none. 0 is the good news.",
        rows("overview_integrity_failures"), bad=1, decimals=0)
    yield panels.number(
        "Noise", "Share of all reports of an hour that extensions and the like explain. Usually most of them.",
        now(f"""{grown(VERDICTS_TOLD, '1h', f'{OF_SITES}, verdict="noise"')} / {grown(VERDICTS_TOLD, '1h')} or vector(0)"""),
        unit="percentunit", decimals=0)
    yield panels.listing(
        "Unknown destinations of the last day",
        "Those with an alert: neither the site's own nor known, and reported within 24 hours. Destinations of one `finding` belong together. "
        "Choose one to see when, where and whom it touched.",
        now(f"1000 * ({LATELY})", "A"),
        now(f"sum by ({BY}) (cspwatch_unknown_destination_reports_total{{{OF_SITES}}}) and ({LATELY})", "B"),
        now(f"max by ({BY}) (cspwatch_unknown_destination_clients{{{OF_SITES}}}) and ({LATELY})", "C"),
        names={"Value #A": "last report", "Value #B": "reports", "Value #C": "clients"}, hidden=("Time",),
        units={"last report": "dateTimeFromNow"}, links={"destination": ("Incident", INCIDENT), "site": ("Site", SITE)},
        good_when_empty="None. That is the good news.")
    yield panels.listing(
        "Alerts", "Alerts of cspwatch that fire now. What to do about each says deploy/runbook.md.",
        now('sum by (alertname, severity, site, page_group, destination) (ALERTS{alertname=~"Cspwatch.*", alertstate="firing"})'),
        hidden=("Time", "Value"), good_when_empty="None fires. That is the good news.", height=6, span=16)
    yield panels.listing(
        "Digests", "New destinations of a day with too little evidence for an alert: those of the last digest. Which they are shows the site.",
        now(f"1000 * max by (site) (cspwatch_destinations_digest_timestamp_seconds{{{OF_SITES}}})", "A"),
        now(f"max by (site) (cspwatch_destinations_digest_destinations{{{OF_SITES}}})", "B"),
        names={"Value #A": "made", "Value #B": "destinations"}, hidden=("Time",), units={"made": "dateTimeFromNow"},
        links={"site": ("Site", SITE)}, good_when_empty="None yet.", height=6, span=8)
    yield panels.heading("Reports")
    yield panels.bars(
        "Reports by verdict", "All reports that were taken, by the hour. `unknown` and `impossible` are what the alerts are about.",
        over_time("verdicts_by_hour", page_group=""), colors=VERDICTS, unit="short", span=16)
    yield panels.curves(
        "Live", "Reports a second, by verdict, as Prometheus saw them.",
        series(f"sum by (verdict) (rate(cspwatch_verdicts_total{{{OF_SITES}}}[$__rate_interval]))", "{{verdict}}"), unit="cps", span=8)
    yield panels.listing(
        "Sites", "Those with most reports of unknown destinations first.", rows("overview_sites"),
        units={"noise_share": "percentunit"}, links={"site": ("Site", SITE)}, span=10)
    yield panels.listing(
        "Page groups, the most silent first",
        "Page groups that reported within 30 days: how much on a day, and when last. One without `last_minute` did not report for a day: "
        "is the header still there?",
        rows("overview_page_groups_heard"), units={"reports_a_day": "short"}, span=14)
    yield panels.listing(
        "Unknown destinations, from ClickHouse",
        "All of them, also those without an alert: first seen, on how many days, what was decided and by whom.",
        rows("overview_unknown_destinations", limit=100), links={"destination": ("Incident", INCIDENT), "site": ("Site", SITE)},
        good_when_empty="None in this time. That is the good news.")
