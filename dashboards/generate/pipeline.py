"""Pipeline: does cspwatch itself work?"""

from generate import health, panels
from generate.annotations import COLLECTORS
from generate.queries import now, over_time, rows, series
from generate.variables import OF_SITES, site

TITLE = "cspwatch / Pipeline"
QUESTION = "Does cspwatch itself work: what comes in, what waits, what is refused?"
RANGE, REFRESH = "now-6h", "1m"
VARIABLES = (site,)
ANNOTATIONS = (COLLECTORS,)


def quantiles(metric):
    """The median and the slowest hundredth of a histogram."""
    for ref, share, name in (("A", 0.5, "p50"), ("B", 0.99, "p99")):
        yield series(f"histogram_quantile({share}, sum by (le) (rate({metric}_bucket[$__rate_interval])))", name, ref)


def build():
    yield panels.number(
        "Collectors", "Collectors that answer Prometheus.", now(f'{health.ANSWERING} or on () 0 * count(up{{job="cspwatch"}})'), least=1)
    yield panels.number(
        "Collectors that do not answer", "Each loses the reports that are sent to it.",
        now('count(up{job="cspwatch"} == 0) or on () 0 * count(up{job="cspwatch"})'), worse=1)
    yield panels.number(
        "Oldest report that waits", "How long the oldest report has waited for ClickHouse. Seconds are usual: a segment stays open for "
        "`journal.seal_every`.", now(health.oldest_waiting()), unit="s", bad=60, worse=300)
    yield panels.number(
        "Refusing", "Collectors whose journal takes no reports: browsers are answered 503.",
        now(f"count(cspwatch_journal_accepting == 0) or on () 0 * {health.ANSWERING}"), worse=1, span=4)
    yield panels.number(
        "Segments in quarantine", "Of which ClickHouse refused rows. They stay until `cspwatch journal resend` has sent them.",
        now("sum(cspwatch_journal_quarantined_segments)"), bad=1)
    yield panels.number(
        "Errors of the journal", "Writes and syncs that failed within a day: the reports were refused.",
        now(health.whole("cspwatch_journal_errors_total", "1d")), worse=1)
    yield panels.number(
        "Journal", "Bytes on the collectors' disks.", now("sum(cspwatch_journal_bytes)"), unit="bytes", counts_trouble=False, decimals=1, height=3, span=6)
    yield panels.number(
        "Room", "Bytes that the fullest journal may still grow by, by its limit and by the disk. At 0, reports are refused.",
        now("min(cspwatch_journal_room_bytes)"), unit="bytes", counts_trouble=False, decimals=1, height=3, span=6)
    yield panels.number(
        "Notifications that failed", "Within a day, by Alertmanager's own count. Above 0, alerts may be known to nobody.",
        now(health.whole("alertmanager_notifications_failed_total", "1d")), worse=1, height=3, span=6)
    yield panels.number(
        "Clock", "How far the clock that is most wrong is from Prometheus'.", now("max(abs(cspwatch_time_seconds - timestamp(cspwatch_time_seconds)))"),
        unit="s", bad=60, worse=3600, height=3, span=6)
    yield panels.heading("In")
    yield panels.curves(
        "Requests by status", "204: taken. 4xx: what is sent is wrong. 503: no room, which must not be.",
        series("sum by (status) (rate(cspwatch_requests_total[$__rate_interval]))", "{{status}}"), unit="reqps")
    yield panels.curves(
        "Reports by outcome", "`new` and `folded` are in the journal; `repeated` were delivered before; `limited` were over a quota; "
        "`malformed` and `refused` are counted only.",
        series(f"sum by (outcome) (rate(cspwatch_reports_total{{{OF_SITES}}}[$__rate_interval]))", "{{outcome}}"), unit="cps")
    yield panels.curves(
        "Time until the answer", "From the head of a request to its answer: mostly the wait for the disk.",
        *quantiles("cspwatch_request_duration_seconds"), unit="s", span=8)
    yield panels.curves("Connections", "Open connections of the public listeners.",
                        series("sum by (instance) (cspwatch_connections)", "{{instance}}"), span=8)
    yield panels.curves(
        "Connections refused", "`network`: it has as many as it may. `handshake`: failed or too slow. `proxy_header`: none came.",
        series("sum by (reason) (rate(cspwatch_connections_refused_total[$__rate_interval]))", "{{reason}}"), unit="cps", span=8)
    yield panels.Folded("Alerts", alerts())
    yield panels.Folded("Kept", kept())
    yield panels.Folded("Limits", limits())
    yield panels.Folded("ClickHouse", clickhouse())


def alerts():
    yield panels.curves(
        "Alerts that fired", "By severity: about sites, and about cspwatch itself.",
        series(f'count by (severity) (ALERTS{{{health.FIRING}, severity=~"page|ticket"}})', "{{severity}}"), when_empty="None fired.")
    yield panels.curves(
        "Notifications", "Attempts of Alertmanager to reach somebody, and those that failed, by the way it takes. A page that is not acknowledged "
        "is repeated.",
        series("sum by (integration) (rate(alertmanager_notifications_total[$__rate_interval])) > 0", "{{integration}}", "A"),
        series("sum by (integration) (rate(alertmanager_notifications_failed_total[$__rate_interval])) > 0", "{{integration}} failed", "B"),
        unit="cps", when_empty="None was sent, or nothing scrapes Alertmanager.")


def kept():
    yield panels.curves(
        "Time of a sync", "fdatasync of the journal; many requests share one.", *quantiles("cspwatch_journal_sync_duration_seconds"), unit="s",
        span=8)
    yield panels.curves(
        "Reports that wait", "In the journal, and not yet in ClickHouse.",
        series("sum by (instance) (cspwatch_journal_waiting_reports)", "{{instance}}"), span=8)
    yield panels.curves(
        "Segments", "Of the journal: the open one, and what ClickHouse has not confirmed.",
        series("sum by (instance) (cspwatch_journal_segments)", "{{instance}}"), span=8)
    yield panels.curves(
        "Rows to ClickHouse", "`stored`; `retried`: sent again after an error; `quarantined`: refused.",
        series("sum by (result) (rate(cspwatch_sink_rows_total[$__rate_interval]))", "{{result}}"), unit="cps", span=8)
    yield panels.curves(
        "Time of an insert", "One segment into one table.", *quantiles("cspwatch_sink_insert_duration_seconds"), unit="s", span=8)
    yield panels.curves(
        "Memory", "Of each collector. Bounded by design: see bench/RESULTS.md.",
        series('process_resident_memory_bytes{job="cspwatch"}', "{{instance}}"), unit="bytes", span=8)


def limits():
    yield panels.curves(
        "How full the tables are", "What is remembered of the internet, as a share of what may be. At 100 % new entries are refused or displace old "
        "ones, and are counted.",
        series("max by (table) (cspwatch_state_entries / (cspwatch_state_entries_limit > 0))", "{{table}}"), unit="percentunit", limit=1)
    yield panels.curves(
        "What came when they were full", "By table. Nothing is usual.",
        series("sum by (table) (rate(cspwatch_state_overflow_total[$__rate_interval]))", "{{table}}"), unit="cps")
    yield panels.bars(
        "Reports over a quota", "Counted and stored nowhere: by site and kind.", over_time("limited_reports"), span=12,
        when_empty="No report was over a quota.")
    yield panels.curves(
        "Destinations beyond what is exported", "More than 100 unknown destinations of a site at once: those with an alert come first.",
        series(f"sum by (site) (rate(cspwatch_unknown_destinations_overflow_total{{{OF_SITES}}}[$__rate_interval]))", "{{site}}"), unit="cps")


def clickhouse():
    yield panels.listing(
        "Tables", "Of the server that answers.", rows("pipeline_tables"), units={"bytes": "bytes"}, span=12)
    yield panels.listing(
        "What explains the noise", "Reports of the chosen time by the rule that made them noise.", rows("noise_reasons", limit=100), span=12,
        when_empty="No noise in this time.")
