"""Pipeline: does cspwatch itself work?"""

from generate import panels
from generate.queries import now, over_time, rows, series
from generate.variables import OF_SITES, site

TITLE = "cspwatch / Pipeline"
QUESTION = "Does cspwatch itself work: what comes in, what waits, what is refused?"
RANGE = "now-6h"
VARIABLES = (site,)


def quantiles(metric):
    """The median and the slowest hundredth of a histogram."""
    for ref, share, name in (("A", 0.5, "p50"), ("B", 0.99, "p99")):
        yield series(f"histogram_quantile({share}, sum by (le) (rate({metric}_bucket[$__rate_interval])))", name, ref)


def build():
    yield panels.heading("Health")
    yield panels.number("Collectors", "Collectors that answer Prometheus.", now('count(up{job="cspwatch"} == 1) or vector(0)'))
    yield panels.number(
        "Collectors that do not answer", "0 is the good news.", now('count(up{job="cspwatch"} == 0) or vector(0)'), worse=1)
    yield panels.number(
        "Oldest report that waits", "How long the oldest report has waited for ClickHouse. Seconds are usual: a segment stays open for "
        "`journal.seal_every`.",
        now("max((time() - cspwatch_journal_oldest_pending_timestamp_seconds) and cspwatch_journal_oldest_pending_timestamp_seconds > 0) "
            "or vector(0)"), unit="s", bad=60, worse=300, decimals=0)
    yield panels.number(
        "Refused rows", "Rows that ClickHouse did not take, and that are kept beside the journal. 0 is the good news.",
        now('sum(cspwatch_sink_rows_total{result="quarantined"})'), worse=1)
    yield panels.number(
        "Errors of the journal", "Writes and syncs that failed, since the start. 0 is the good news.",
        now("sum(cspwatch_journal_errors_total)"), worse=1)
    yield panels.number(
        "Journal", "Bytes on the collectors' disks.", now("sum(cspwatch_journal_bytes)"), unit="bytes")
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
    yield panels.heading("Kept")
    yield panels.curves(
        "Time of a sync", "fdatasync of the journal; many requests share one.", *quantiles("cspwatch_journal_sync_duration_seconds"), unit="s",
        span=8)
    yield panels.curves(
        "Reports that wait", "In the journal, and not yet in ClickHouse.",
        series("sum by (instance) (cspwatch_journal_waiting_reports)", "{{instance}}"), unit="short", span=8)
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
    yield panels.heading("Limits")
    yield panels.curves(
        "How full the tables are", "What is remembered of the internet, as a share of what may be. At 100 % new entries are refused or displace old "
        "ones, and are counted.",
        series("max by (table) (cspwatch_state_entries / (cspwatch_state_entries_limit > 0))", "{{table}}"), unit="percentunit", limit=1)
    yield panels.curves(
        "What came when they were full", "By table. Nothing is usual.",
        series("sum by (table) (rate(cspwatch_state_overflow_total[$__rate_interval]))", "{{table}}"), unit="cps")
    yield panels.bars(
        "Reports over a quota", "Counted and stored nowhere: by site and kind.", over_time("limited_reports"), unit="short", span=12,
        good_when_empty="No report was over a quota. That is the good news.")
    yield panels.curves(
        "Destinations beyond what is exported", "More than 100 unknown destinations of a site at once: those with an alert come first.",
        series(f"sum by (site) (rate(cspwatch_unknown_destinations_overflow_total{{{OF_SITES}}}[$__rate_interval]))", "{{site}}"), unit="cps")
    yield panels.heading("ClickHouse")
    yield panels.listing(
        "Tables", "Of the server that answers.", rows("pipeline_tables"), units={"bytes": "bytes", "rows": "short"}, span=12)
    yield panels.listing(
        "What explains the noise", "Reports of the chosen time by the rule that made them noise.", rows("noise_reasons", limit=100), span=12,
        good_when_empty="No noise in this time.")
