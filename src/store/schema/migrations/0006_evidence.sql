-- Alerts as collectors told them, kept for those who ask later who was alerted, and when. A collector that died may tell
-- one again: rows that say the same are one after merges, ask with FINAL.
CREATE TABLE IF NOT EXISTS ${database}.alerts${on_cluster}
(
    told_at     DateTime64(3, 'UTC') COMMENT 'when the report arrived that made it',
    collector   String COMMENT '16 hex digits, as in batch_id',
    site        LowCardinality(String),
    page_group  LowCardinality(String) COMMENT 'empty: the whole site',
    alert       LowCardinality(String),
    destination String COMMENT 'registrable domain, or empty',
    severity    LowCardinality(String),
    reports     UInt64 COMMENT 'that it rests on so far',
    clients     UInt64,
    pages       Array(String) COMMENT 'the first paths, their beginnings',
    reasons     Array(String)
)
ENGINE = ${replicated}ReplacingMergeTree
ORDER BY (site, told_at, alert, page_group, destination, severity, collector)
TTL toDateTime(told_at) + INTERVAL 800 DAY DELETE
SETTINGS ${window},
         fsync_after_insert = 1, fsync_part_directory = 1;

-- What people decided about scripts. A log: nothing is overwritten, the newest row about a script holds.
CREATE TABLE IF NOT EXISTS ${database}.script_decisions${on_cluster}
(
    decided_at    DateTime64(3, 'UTC') DEFAULT now64(3),
    site          LowCardinality(String),
    page_group    LowCardinality(String) COMMENT 'empty: all',
    script_host   String,
    script_path   String,
    hash          String COMMENT 'empty: whatever it holds',
    decision      Enum8('approve' = 1, 'revoke' = 2),
    `by`          String COMMENT 'who',
    owner         String COMMENT 'who is asked about this script',
    justification String COMMENT 'why the pages need it'
)
ENGINE = ${replicated}MergeTree
ORDER BY (site, script_host, script_path, decided_at)
SETTINGS ${window},
         fsync_after_insert = 1, fsync_part_directory = 1;

-- Scripts that a policy did not allow, that had no integrity metadata, or that did not match it: what the inventory knows
-- beside the hashes. It begins with this migration.
CREATE TABLE IF NOT EXISTS ${database}.script_failures${on_cluster}
(
    site        LowCardinality(String),
    page_group  LowCardinality(String),
    script_host String,
    script_path String,
    kind        LowCardinality(String) COMMENT 'csp, integrity or sri_failure',
    verdict     LowCardinality(String),
    disposition LowCardinality(String),
    first_seen  SimpleAggregateFunction(min, DateTime64(3, 'UTC')),
    last_seen   SimpleAggregateFunction(max, DateTime64(3, 'UTC')),
    reports     SimpleAggregateFunction(sum, UInt64)
)
ENGINE = ${replicated}AggregatingMergeTree
ORDER BY (site, page_group, script_host, script_path, kind, verdict, disposition)
-- Anybody can make up addresses that were blocked.
TTL toDateTime(last_seen) + INTERVAL 400 DAY DELETE
SETTINGS ${window},
         fsync_after_insert = 1, fsync_part_directory = 1;

CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.script_failures_of_reports${on_cluster}
TO ${database}.script_failures
AS SELECT
    r.site AS site,
    r.page_group AS page_group,
    r.blocked_host AS script_host,
    r.blocked_path AS script_path,
    r.kind AS kind,
    r.verdict AS verdict,
    r.disposition AS disposition,
    min(r.first_seen) AS first_seen,
    max(r.last_seen) AS last_seen,
    sum(r.count) AS reports
FROM ${database}.reports AS r
WHERE r.verdict NOT IN ('noise', 'foreign') AND r.blocked_host != ''
  AND (r.kind IN ('integrity', 'sri_failure') OR r.kind = 'csp' AND r.directive IN ('script-src', 'script-src-elem'))
GROUP BY site, page_group, script_host, script_path, kind, verdict, disposition;

-- Which collectors were at work in an hour, and by which rules: that nothing was reported says something only then.
CREATE TABLE IF NOT EXISTS ${database}.collectors${on_cluster}
(
    hour       DateTime('UTC'),
    collector  String COMMENT '16 hex digits, as in batch_id',
    version    LowCardinality(String) COMMENT 'of cspwatch',
    rules      LowCardinality(String) COMMENT 'of the configured sites, noise and detection: 16 hex digits',
    first_seen SimpleAggregateFunction(min, DateTime64(3, 'UTC')),
    last_seen  SimpleAggregateFunction(max, DateTime64(3, 'UTC'))
)
ENGINE = ${replicated}AggregatingMergeTree
ORDER BY (hour, collector, version, rules)
TTL hour + INTERVAL 800 DAY DELETE
SETTINGS ${window},
         fsync_after_insert = 1, fsync_part_directory = 1;
