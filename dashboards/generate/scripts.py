"""Scripts: which scripts the pages run (PCI DSS 6.4.3), and which of them changed."""

from generate import panels
from generate.panels import INCIDENT
from generate.queries import now, over_time, rows
from generate.variables import OF_PAGE_GROUPS, page_group, site

TITLE = "cspwatch / Scripts"
QUESTION = "Which scripts do the pages run, which of them changed, and which did nobody approve?"
RANGE = "now-30d"
VARIABLES = (site, page_group)


def build():
    yield panels.heading("To be looked at")
    yield panels.listing(
        "Script hosts that nobody approved", "Hosts of scripts, styles and workers that the policy does not allow and that are neither known nor "
        "approved.", rows("scripts_unapproved", limit=100), links={"destination": ("Incident", INCIDENT)},
        good_when_empty="None. That is the good news.", span=12)
    yield panels.listing(
        "Scripts that changed", "Files of which browsers told more than one hash (`report-sha256`), the latest change first. A file with a "
        "version in its name does not stand here.", rows("scripts_changes", limit=100), span=12,
        good_when_empty="Each file has one hash. That is the good news.")
    yield panels.listing(
        "Integrity failures", "Reports of scripts that had no integrity metadata (`integrity`) or did not match it (`sri_failure`, by /sri.js).",
        rows("scripts_integrity"), span=12, good_when_empty="None in this time. That is the good news.")
    yield panels.listing(
        "Alerts about changes", "When a hash was first told that was not there before, by page group and host.",
        now(f"1000 * max by (site, page_group, script_host) (cspwatch_script_changed_timestamp_seconds{{{OF_PAGE_GROUPS}}} > 0)"),
        names={"Value": "changed"}, hidden=("Time",), units={"changed": "dateTimeFromNow"}, span=12,
        good_when_empty="No change since the collector knows the scripts. That is the good news.")
    yield panels.heading("All of them")
    yield panels.bars(
        "Hashes that browsers told", "How many scripts a browser told the hash of, by the day. None: the policy has no `report-sha256`, and the "
        "inventory stays empty.", over_time("scripts_told"), unit="short", height=6,
        good_when_empty="No hashes: add 'report-sha256' to script-src, see docs/headers.md.")
    yield panels.listing(
        "Inventory", "Each script, by address and hash, with when it was first and last seen. `script_host` empty: the script stands in the page.",
        rows("scripts_inventory", limit=1000), height=14,
        good_when_empty="No hashes: add 'report-sha256' to script-src, see docs/headers.md.")
