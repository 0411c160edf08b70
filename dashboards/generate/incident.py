"""Incident: one destination, from the first report to the last."""

from grafana_foundation_sdk.models.common import StackingMode

from generate import links, panels
from generate.annotations import ALERTS, COLLECTORS, DECISIONS, INFERRED, POLICIES, RELEASES, SCRIPTS
from generate.looks import BLIND, GREEN, NEUTRAL, ORANGE, RED, levels
from generate.queries import over_time, rows
from generate.variables import destination, gap, site

TITLE = "cspwatch / Incident"
QUESTION = "One destination: since when, on which days, which pages, whom?"
# No refresh: nothing moves under the eyes of somebody who reads evidence.
RANGE, REFRESH = "now-30d", ""
VARIABLES = (site, destination, gap)
ANNOTATIONS = (ALERTS, DECISIONS, POLICIES, RELEASES, INFERRED, SCRIPTS, COLLECTORS)

PAGES = 100
STATES = {"0": ("nothing reported", BLIND), "1": ("no sighting", "blue"), "2": ("sighted", RED)}
FACTS = {
    "first_seen": ("dateTimeAsIso", None),
    "last_seen": ("dateTimeAsIso", None),
    "active_days": ("locale", None),
    "reports": ("locale", None),
    "visitors": ("locale", None),
    "tags": ("locale", None),
    "stopped": ("percentunit", levels(RED, (0.5, ORANGE), (1, GREEN))),
    "decision": ("string", levels(NEUTRAL)),
}
NEXT = """
1. **Is it a theft?** *Why* and *What changed just before* say most: a script with a new hash, a policy that nobody changed, a form.
2. **Is it stopped?** Below 100 % the data went through. Take the script off, or enforce a policy.
3. **Whom?** The tags below are sessions or orders. `cspwatch incident DESTINATION --html FILE` writes the whole exposure to a file.
4. **Evidence:** `cspwatch evidence` packs it before anything is cleaned up.
5. **Decide:** `cspwatch destinations approve`, `ignore` or `forget`, with a name and a reason. A theft stays undecided.

What to do in which order: `deploy/runbook.md`.
"""


def build():
    yield panels.sentence("Destination", "As text that no program makes a link of. Do not open it.", rows("incident_name"))
    yield panels.facts(
        "At a glance", "Exact first and last report, whatever time is chosen above. Visitors and tags are estimates (1 %). `Stopped`: the share of "
        "visitors whose browser enforces a policy against it.", rows("incident_head"), FACTS, height=3)
    yield panels.listing(
        "Why", "The alerts about it, the newest first, with the reasons for their severity.", rows("incident_why", limit=50), span=16,
        when_empty="No alert was raised about it.", height=7)
    yield panels.words("What to do next", "The order of work; the runbook says more.", NEXT, span=8, height=7)
    yield panels.listing(
        "What changed just before", "On its page groups, from two days before its first report to six hours after, because browsers deliver late: scripts by their hashes, policies, "
        "other destinations; what is nearest first.", rows("incident_before", limit=PAGES), when_empty="Nothing that browsers report.", height=5)
    yield panels.states(
        "Timeline of each page group", "`sighted`: it reported the destination. `no sighting`: it reported other things. `nothing reported`: the "
        "collector was down, the policy was away, or nobody visited, so no sighting means nothing.", over_time("incident_states"), STATES, height=5)
    yield panels.bars(
        "Reports and visitors", "Sightings of this destination.", over_time("incident_over_time"), span=14, height=6, mode=StackingMode.NONE)
    yield panels.listing(
        "Periods", "When it was active: between two periods lies more silence than is chosen above.", rows("incident_periods"), span=10,
        when_empty="It was never active.", height=6)
    yield panels.listing(
        "Pages", "On which pages.", rows("incident_pages", limit=PAGES), span=13, links={"site": (links.SITE,), "page_group": (links.PAGE_GROUP,)},
        when_empty="No page reported it.", height=5)
    yield panels.listing(
        "Directives", "By which directive, `send` or `load`, and whether the browser stopped it (`enforce`) or only reported it (`report`).",
        rows("incident_directives"), span=11, height=5, when_empty="No report names it.")
    yield panels.listing(
        "Addresses and scripts", "Where exactly it was to be reached, and the script that did it, where the browser says so. Do not open them.",
        rows("incident_scripts", limit=PAGES), span=16, height=5, when_empty="No report names it.")
    yield panels.listing(
        "Engines", "Which browsers reported it. A real skimmer is met by several.", rows("incident_engines"), span=8, height=5, when_empty="No report names it.")
    yield panels.listing(
        "Tags", "Correlation ids that the site put into its report URL: which sessions or orders. `Signed`: only the site can have made it.",
        rows("incident_tags", limit=1000), span=12,
        when_empty="No report carried a tag: put ?tag= into the report URL, see deploy/tags.md.", height=5)
    yield panels.listing(
        "Other destinations that came with it", "First seen on the same site within a day of this one.", rows("incident_related"), span=12,
        links={"destination": links.DESTINATION}, when_empty="No other destination came within a day of it.", height=5)
    yield panels.listing(
        "Decisions", "What people decided about it, with `cspwatch destinations`, the newest first.", rows("incident_decisions"), span=18,
        when_empty="Nobody has decided anything about it yet.", height=4)
    yield panels.number(
        "Repeated deliveries", "Sightings that are the same report, sent again to another collector. 0 where there is one collector.",
        rows("incident_redelivered"), counts_trouble=False, span=6, height=4)
    yield panels.Folded("Other destinations", [panels.listing(
        "Choose another destination", "Those of the chosen sites and time, those with an alert first.", rows("overview_destinations", limit=100),
        links={"destination": links.DESTINATION}, when_empty="None in this time.")])
