"""Site: what happens on the pages of one site."""

from generate import panels
from generate.panels import INCIDENT, VERDICTS
from generate.queries import now, over_time, rows
from generate.variables import OF_PAGE_GROUPS, page_group, site

TITLE = "cspwatch / Site"
QUESTION = "What do the pages of one site report, and what is new there?"
RANGE = "now-7d"
VARIABLES = (lambda: site(several=False), page_group)


def build():
    yield panels.heading("New")
    yield panels.listing(
        "Unknown destinations that are new", "First seen within the chosen time, the latest first.",
        rows("site_new_destinations", limit=100), links={"destination": ("Incident", INCIDENT)}, span=14,
        good_when_empty="Nothing new in this time. That is the good news.")
    yield panels.listing(
        "Last heard", "When each page group reported last.",
        now(f"1000 * max by (site, page_group) (cspwatch_site_last_report_timestamp_seconds{{{OF_PAGE_GROUPS}}} > 0)"),
        names={"Value": "last report"}, hidden=("Time",), units={"last report": "dateTimeFromNow"}, span=10)
    yield panels.listing(
        "Policies that are new",
        "Policies that pages began to carry within the chosen time. A change that nobody made is a sign of an attack: alert CspwatchPolicyChanged.",
        rows("site_policies"), good_when_empty="The policies are as they were.")
    yield panels.heading("Reports")
    yield panels.bars(
        "By verdict", "All reports that were taken, by the hour.", over_time("verdicts_by_hour"), colors=VERDICTS, unit="short")
    yield panels.bars(
        "By verdict and day", "For the long ranges: shows the share of noise.", over_time("verdicts_by_day"), colors=VERDICTS, unit="short",
        span=16)
    yield panels.shares("Page groups", "Reports of each page group.", rows("site_page_groups"), "page_group")
    yield panels.shares("Directives", "Which directives the pages violate.", rows("site_directives"), "directive")
    yield panels.shares("Engines", "Which browsers report. One that falls silent alone says something about a page.", rows("site_engines"), "engine")
    yield panels.shares("Kinds", "Which kinds of reports there are.", rows("site_kinds"), "kind")
    yield panels.shares("Enforced or reported", "Whether the browser stopped what was violated.", rows("site_dispositions"), "disposition")
    yield panels.listing(
        "Unknown destinations with most reports", "`*` stands for the rest, where there were too many.",
        rows("site_destinations", verdict="unknown", limit=50), links={"destination": ("Incident", INCIDENT)}, span=8,
        good_when_empty="None in this time. That is the good news.")
    yield panels.listing(
        "Known destinations with most reports", "What the policy does not allow and `site.known` does: a candidate for the policy.",
        rows("site_destinations", verdict="known", limit=50), span=8,
        good_when_empty="None: the policy allows all that is known.")
