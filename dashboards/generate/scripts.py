"""Scripts: which scripts the pages run (PCI DSS 6.4.3), and which of them changed."""

from generate import links, panels
from generate.annotations import COLLECTORS, DECISIONS, INFERRED, RELEASES, SCRIPTS
from generate.queries import now, over_time, rows
from generate.variables import OF_PAGE_GROUPS, page_group, site

TITLE = "cspwatch / Scripts"
QUESTION = "Which scripts do the pages run, which of them changed, and which did nobody approve?"
RANGE, REFRESH = "now-30d", "1m"
VARIABLES = (site, page_group)
ANNOTATIONS = (DECISIONS, RELEASES, INFERRED, SCRIPTS, COLLECTORS)

NO_HASHES = "No hashes: add 'report-sha256' to script-src, see docs/headers.md."


def build():
    yield panels.listing(
        "Script hosts that nobody approved", "Hosts of scripts, styles and workers that the policy does not allow and that are neither known nor "
        "approved.", rows("scripts_unapproved", limit=100), links={"destination": links.DESTINATION, "site": (links.SITE,)},
        when_empty="None.", span=14)
    yield panels.listing(
        "Alerts about changes", "When a hash was first reported that was not there before, by page group and host.",
        now(f"1000 * max by (site, page_group, script_host) (cspwatch_script_changed_timestamp_seconds{{{OF_PAGE_GROUPS}}} > 0)"),
        names={"Value": "changed"}, hidden=("Time",), order=("site", "page_group", "script_host", "Value"), sort=(("changed", True),),
        units={"changed": "dateTimeFromNow"}, links={"site": (links.SITE,)}, span=10, when_empty="No change since the collector knows the scripts.")
    yield panels.listing(
        "Scripts that changed", "Files of which browsers reported more than one hash (`report-sha256`), the latest change first. A file with a "
        "version in its name does not stand here.", rows("scripts_changes", limit=100), links={"site": (links.SITE,)}, when_empty="Each file has one hash.")
    yield panels.listing(
        "Integrity failures", "Reports of scripts that had no integrity metadata (`integrity`) or did not match it (`sri_failure`, by /sri.js).",
        rows("scripts_integrity"), links={"site": (links.SITE,)}, span=12, height=6, when_empty="None in this time.")
    yield panels.bars(
        "Hashes that browsers reported", "How many scripts a browser reported the hash of, by the day. None: the policy has no `report-sha256`, and "
        "the inventory stays empty.", over_time("scripts_told"), span=12, height=6, when_empty=NO_HASHES)
    yield panels.listing(
        "Inventory", "Each script, by address and hash, with when it was first and last seen. No host: the script stands in the page.",
        rows("scripts_inventory", limit=1000), links={"site": (links.SITE,)}, height=14, when_empty=NO_HASHES)
