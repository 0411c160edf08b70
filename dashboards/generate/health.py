"""What Prometheus says of the sites and of those who watch them: the numbers that a person acts on. Each has no value, and
not 0, where nobody watches.
"""

from generate.variables import OF_SITES

SEEN = "cspwatch_unknown_destination_last_seen_timestamp_seconds"
CODE = "cspwatch_inline_script_last_seen_timestamp_seconds"
CARDS = "cspwatch_pan_in_url_last_seen_timestamp_seconds"
FIRING = 'alertname=~"Cspwatch.+", alertstate="firing"'
OF_A_SITE = f'{OF_SITES}, site!=""'
DAY, QUARTER = 86400, 900

ANSWERING = 'count(up{job="cspwatch"} == 1)'
# At least half of the collectors answer and take reports, and something of these sites was ever reported: where not, no
# attack means nothing.
TAKING = 'count((cspwatch_journal_accepting == 1) and on (instance) (up{job="cspwatch"} == 1)) >= 0.5 * count(up{job="cspwatch"})'
WATCHING = f"(({TAKING}) and on () count(cspwatch_site_last_report_timestamp_seconds{{{OF_SITES}}}))"

BLIND, ATTACK, LOOK, QUIET = "3", "2", "1", "0"


def lately(metric, labels, seconds=DAY):
    return f"time() - max by (site, page_group) ({metric}{{{labels}}}) < {seconds}"


def suspected():
    """A finding that pages, by the collectors, or an alert about a site that pages: Prometheus keeps one for a day where the
    collector that raised it is gone.
    """
    own = [lately(SEEN, f'{OF_SITES}, severity="page"'), lately(CODE, f'{OF_SITES}, severity="page"'), lately(CARDS, OF_SITES, QUARTER)]
    alerts = f'ALERTS{{{FIRING}, severity="page", {OF_A_SITE}}}'
    return "count(" + " or ".join(f"({one})" for one in (*own, alerts)) + ")"


def to_look_at():
    """A ticket of a site, a page group that is silent, or any other alert of cspwatch."""
    own = [lately(SEEN, OF_SITES), lately(CODE, OF_SITES), silent()]
    alerts = [f'ALERTS{{{FIRING}, severity=~"page|ticket", {OF_A_SITE}}}', f'ALERTS{{{FIRING}, severity=~"page|ticket", site=""}}']
    return "count(" + " or ".join(f"({one})" for one in (*own, *alerts)) + ")"


def state():
    """One number for all of it. Being blind wins, and nothing is quiet unless somebody watches."""
    return (
        f"(vector({BLIND}) unless on () {WATCHING})"
        f" or on () (vector({ATTACK}) and on () {suspected()})"
        f" or on () (vector({LOOK}) and on () {to_look_at()})"
        f" or on () vector({QUIET})"
    )


def alerts(labels, of):
    """Alerts that fire, each with the moment since when."""
    which = f'severity=~"page|ticket", {of}'
    since = f'ALERTS_FOR_STATE{{alertname=~"Cspwatch.+", {which}}} and ignoring (alertstate) ALERTS{{{FIRING}, {which}}}'
    return f"1000 * max by (alertname, severity, {labels}) ({since})"


def silent():
    return f"time() > max by (site, page_group) (cspwatch_site_silent_from_timestamp_seconds{{{OF_SITES}}})"


def counted(condition):
    """How many there are; 0 only where somebody watches."""
    return f"count({condition}) or on () 0 * {WATCHING}"


def findings(severity):
    """How many findings of a severity were reported within a day or have an alert that fires, as where the collector that
    raised it is gone; and how many other alerts of it fire about a site.
    """
    reported = f'max by (site, page_group, finding) ({SEEN}{{{OF_SITES}, severity="{severity}"}}) > time() - {DAY}'
    of_it = f'ALERTS{{{FIRING}, severity="{severity}", {OF_A_SITE}'
    firing = f'max by (site, page_group, finding) ({of_it}, finding!=""}})'
    others = f'max by (alertname, site, page_group) ({of_it}, finding=""}})'
    return counted(f"({reported}) or {firing} or {others}")


def whole(counter, time):
    """By how much a counter grew, as a whole number: `increase` extrapolates, and makes 1.03 or 2 of 1. After a restart it
    counts what came since.
    """
    return f"sum(max_over_time({counter}[{time}]) - min_over_time({counter}[{time}]))"


def oldest_waiting():
    pending = "cspwatch_journal_oldest_pending_timestamp_seconds"
    return f"max((time() - {pending}) and {pending} > 0) or on () 0 * {ANSWERING}"
