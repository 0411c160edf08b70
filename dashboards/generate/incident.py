"""Incident: one destination, from the first report to the last."""

from grafana_foundation_sdk.models.common import StackingMode

from generate import panels
from generate.queries import over_time, rows
from generate.variables import destination, gap, site

TITLE = "cspwatch / Incident"
QUESTION = "One destination: since when, on which days, which pages, whom?"
RANGE = "now-30d"
VARIABLES = (site, destination, gap)

PAGES = 100


def build():
    yield panels.heading("When")
    yield panels.listing(
        "Exposure", "Exact first and last report, whatever time is chosen above. `clients`, `networks` and `tags` are estimates (1 %).",
        rows("incident_summary"), height=5)
    yield panels.bars(
        "Reports by the hour", "Sightings of this destination. A gap may mean that it paused, or that nobody reported: see the coverage below.",
        over_time("incident_hours"), unit="short", span=14, mode=StackingMode.NONE)
    yield panels.listing(
        "Periods", "When it was active: between two periods lies more silence than is chosen above.", rows("incident_periods"), span=10)
    yield panels.bars(
        "Coverage: reports of any kind by the hour",
        "What the page groups of these sites reported at all. Where nothing stands, no sighting means nothing: the collector was down, the "
        "policy was away, or nobody visited.",
        over_time("incident_coverage"), unit="short")
    yield panels.heading("Where and how")
    yield panels.listing("Pages", "On which pages.", rows("incident_pages", limit=PAGES), span=14)
    yield panels.listing(
        "Directives", "By which directive, `send` or `load`, and whether the browser stopped it (`enforce`) or only told (`report`).",
        rows("incident_directives"), span=10)
    yield panels.listing(
        "Addresses and scripts", "Where exactly it was to be reached, and the script that did it, where the browser says so. Do not open them.",
        rows("incident_scripts", limit=PAGES), span=14)
    yield panels.listing("Engines", "Which browsers reported it. A real skimmer is met by several.", rows("incident_engines"), span=10)
    yield panels.heading("Whom")
    yield panels.listing(
        "Tags", "Correlation ids that the site put into its report URL: which sessions or orders. `signed`: only the site can have made it.",
        rows("incident_tags", limit=1000), span=12,
        good_when_empty="No report carried a tag: put ?tag= into the report URL, see deploy/tags.md.")
    yield panels.listing(
        "Other destinations that came with it", "First seen on the same site within a day of this one.", rows("incident_related"), span=12,
        good_when_empty="No other destination came within a day of it.")
    yield panels.listing(
        "Decisions", "What people decided about it, with `cspwatch destinations`, the newest first.", rows("incident_decisions"), span=16,
        good_when_empty="Nobody has decided anything about it yet.", height=6)
    yield panels.number(
        "Repeated deliveries", "Sightings that are the same report, sent again to another collector. 0 where there is one collector.",
        rows("incident_redelivered")).span(8).height(6)
