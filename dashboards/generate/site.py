"""Site: what happens on the pages of one site."""

from generate import links, panels
from generate.annotations import ALERTS, COLLECTORS, DECISIONS, INFERRED, POLICIES, RELEASES, SCRIPTS
from generate.looks import VERDICTS
from generate.queries import now, over_time, rows
from generate.variables import OF_PAGE_GROUPS, page_group, site

TITLE = "cspwatch / Site"
QUESTION = "What do the pages of a site report, and what is new there?"
RANGE, REFRESH = "now-7d", "1m"
VARIABLES = (site, page_group)
ANNOTATIONS = (ALERTS, DECISIONS, POLICIES, RELEASES, INFERRED, SCRIPTS, COLLECTORS)


def build():
    yield panels.listing(
        "Unknown destinations that are new", "First seen within the chosen time, the latest first.",
        rows("site_new_destinations", limit=100), links={"destination": links.DESTINATION}, span=14, when_empty="Nothing new in this time.")
    yield panels.listing(
        "Last heard", "When each page group reported last.",
        now(f"1000 * max by (site, page_group) (cspwatch_site_last_report_timestamp_seconds{{{OF_PAGE_GROUPS}}} > 0)"),
        names={"Value": "last report"}, hidden=("Time",), order=("site", "page_group", "Value"), sort=(("last report", False),),
        units={"last report": "dateTimeFromNow"}, links={"site": (links.SCRIPTS,), "page_group": (links.PAGE_GROUP,)}, span=10)
    yield panels.listing(
        "Policies that are new",
        "Policies that pages began to carry within the chosen time. A change that nobody made is a sign of an attack: alert CspwatchPolicyChanged.",
        rows("site_policies"), when_empty="The policies are as they were.")
    yield panels.bars(
        "By verdict", "All reports that were taken.", over_time("verdicts_over_time"), colors=VERDICTS)
    yield panels.listing(
        "Unknown destinations with most reports", "`*` stands for the rest, where there were too many.",
        rows("site_destinations", verdict="unknown", limit=50), links={"destination": links.DESTINATION}, span=12,
        when_empty="None in this time.")
    yield panels.listing(
        "Known destinations with most reports", "What the policy does not allow and `site.known` does: a candidate for the policy.",
        rows("site_destinations", verdict="known", limit=50), span=12, when_empty="None: the policy allows all that is known.")
    yield panels.shares("Page groups", "Reports of each page group.", rows("site_page_groups"), "page_group")
    yield panels.shares("Directives", "Which directives the pages violate.", rows("site_directives"), "directive")
    yield panels.shares("Kinds", "Which kinds of reports there are.", rows("site_kinds"), "kind")
    yield panels.shares("Engines", "Which browsers report. One that falls silent alone says something about a page.", rows("site_engines"), "engine")
    yield panels.shares("Enforced or reported", "Whether the browser stopped what was violated.", rows("site_dispositions"), "disposition")
    yield panels.words("Words", "What the words of this page mean.", WORDS)


WORDS = """
- **unknown**: neither the site's own nor expected. What alerts are about.
- **impossible**: the report's own policy allows what it says was blocked, as after a redirect through an allowed host.
- **known**: expected, and not in the policy: a candidate for it.
- **noise**: a rule explains it, such as a browser extension.
- **inline**: a script or style within the page.
- **foreign**: the document belongs to no configured site.
"""
