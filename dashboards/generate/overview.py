"""Overview: are my sites being attacked?"""

from generate import health, links, panels
from generate.annotations import ALERTS, COLLECTORS, DECISIONS, INFERRED, POLICIES, RELEASES, SCRIPTS
from generate.looks import BLIND, GREEN, ORANGE, RED, VERDICTS
from generate.queries import now, over_time, rows
from generate.variables import OF_SITES, site

TITLE = "cspwatch / Overview"
QUESTION = "Are my sites being attacked, and would I hear of it?"
RANGE, REFRESH = "now-24h", "1m"
VARIABLES = (site,)
ANNOTATIONS = (ALERTS, DECISIONS, POLICIES, RELEASES, INFERRED, SCRIPTS, COLLECTORS)

STATES = {
    health.BLIND: ("BLIND", BLIND),
    health.ATTACK: ("ATTACK SUSPECTED", RED),
    health.LOOK: ("TO BE LOOKED AT", ORANGE),
    health.QUIET: ("QUIET", GREEN),
}


def build():
    yield panels.state(
        "State", "BLIND: fewer than half of the collectors answer and take reports, or none of these sites ever reported; what is not "
        "seen is not safe. ATTACK SUSPECTED: something of the last day pages. TO BE LOOKED AT: a ticket, a silent page group, or "
        "an alert about cspwatch itself. QUIET: none of these, and somebody watches.",
        now(health.state()), STATES, links=[links.PIPELINE, links.RUNBOOK_PAGE])
    yield panels.number(
        "Pages", "Findings that wake somebody up and were reported within a day, each with one destination or several; and other urgent alerts about a site.",
        now(health.findings("page")), worse=1, span=3)
    yield panels.number(
        "Tickets", "Findings for working hours that were reported within a day, and other such alerts about a site: a changed script, silence. What a single "
        "network reports on a payment page is among them.",
        now(health.findings("ticket")), bad=1, span=3)
    yield panels.number(
        "New destinations", "Destinations that nobody expects, first seen within the chosen time; with an alert or without.",
        rows("overview_new_destinations"), span=3, counts_trouble=False)
    yield panels.number(
        "Card numbers", "Reports of a day in whose URLs a card number stood.", rows("overview_card_numbers"), worse=1, span=3)
    yield panels.number(
        "Integrity failures", "Reports of a day about scripts that did not match their hash or had none.", rows("overview_integrity_failures"),
        bad=1, span=3)
    yield panels.number(
        "Silent page groups", "Page groups that report less than chance explains: a removed header looks so.",
        now(health.counted(health.silent())), bad=1, span=3)
    yield panels.number(
        "Collectors", "Collectors that answer Prometheus.", now(f'{health.ANSWERING} or on () 0 * count(up{{job="cspwatch"}})'), span=6, height=3,
        least=1, links=[links.PIPELINE])
    yield panels.number(
        "Last report", "How long ago the last report of these sites arrived.",
        now(f"time() - max(cspwatch_site_last_report_timestamp_seconds{{{OF_SITES}}})"), unit="s", span=6, height=3, counts_trouble=False)
    yield panels.number(
        "Oldest report that waits", "How long the oldest report has waited for ClickHouse. Seconds are usual: a segment stays open for "
        "`journal.seal_every`. Until it is there, the lists below do not have it; alerts do not wait.",
        now(health.oldest_waiting()), unit="s", bad=60, worse=300, span=6, height=3, links=[links.PIPELINE])
    yield panels.number(
        "Notifications that failed", "Within a day, by Alertmanager's own count. Above 0, alerts may be known to nobody.",
        now(health.whole("alertmanager_notifications_failed_total", "1d")), worse=1, span=6, height=3)
    yield panels.listing(
        "Destinations", "All that nobody expects and that was reported within the chosen time, those with an alert first. `Stopped`: whether the "
        "browsers of its visitors enforce a policy against it. A destination leads to its Incident.",
        rows("overview_destinations", limit=100), links={"destination": links.DESTINATION, "site": (links.SITE,), "page_group": (links.PAGE_GROUP,)},
        when_empty="None in this time.", height=7)
    yield panels.listing(
        "Alerts that fire", "About these sites, as Prometheus has them: a silence in Alertmanager does not take one off.",
        now(health.alerts("site, page_group, destination", health.OF_A_SITE)),
        names={"Value": "since"}, units={"since": "dateTimeFromNow"}, hidden=("Time",),
        order=("severity", "alertname", "Value", "destination", "site", "page_group"), sort=(("severity", False), ("since", True)),
        links={"alertname": (links.RUNBOOK,), "destination": links.DESTINATION, "site": (links.SITE,)}, when_empty="None fires.", span=15, height=7)
    yield panels.listing(
        "Alerts about cspwatch itself", "Of its collectors, and of what watches them.", now(health.alerts("instance", 'site=""')),
        names={"Value": "since"}, units={"since": "dateTimeFromNow"}, hidden=("Time",), order=("severity", "alertname", "Value", "instance"),
        sort=(("severity", False), ("since", True)), links={"alertname": (links.RUNBOOK,)}, when_empty="None fires.", span=9, height=7)
    yield panels.bars(
        "Reports by verdict", "All reports that were taken. `unknown` and `impossible` are what the alerts are about; `noise` is usually most.",
        over_time("verdicts_over_time", page_group=""), colors=VERDICTS, span=16)
    yield panels.listing(
        "What explains the noise", "Reports of the chosen time by the rule that made them noise: the largest share of what browsers send.",
        rows("noise_reasons", limit=20), span=8, when_empty="No noise in this time.")
    yield panels.listing(
        "Page groups, the most silent first",
        "Page groups that reported within 30 days: how much on a day, and when last. One without a last report did not report for a day: "
        "is the header still there?",
        rows("overview_page_groups_heard"), links={"site": (links.SITE,), "page_group": (links.PAGE_GROUP,)}, span=10, height=6)
    yield panels.listing(
        "Sites", "Those with most reports of unknown destinations first.", rows("overview_sites"), units={"noise_share": "percentunit"},
        links={"site": (links.SITE,)}, span=7, height=6)
    yield panels.listing(
        "Digests", "New destinations of a day with too little evidence for an alert: those of the last digest. The site's dashboard names them.",
        now(f"1000 * max by (site) (cspwatch_destinations_digest_timestamp_seconds{{{OF_SITES}}})", "A"),
        now(f"max by (site) (cspwatch_destinations_digest_destinations{{{OF_SITES}}})", "B"),
        names={"Value #A": "made", "Value #B": "destinations"}, hidden=("Time",), order=("site", "Value #A", "Value #B"),
        units={"made": "dateTimeFromNow"}, links={"site": (links.SITE,)}, when_empty="None yet.", span=7, height=6)
