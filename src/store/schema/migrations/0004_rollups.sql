-- Reports added up, so that dashboards read thousands of rows and not millions. Each rollup has a deduplication window
-- of its own, as every target of a view must have, and goes by received_at, the collector's clock, as partitions do.
--
-- ${since} divides: what is received from then on goes through the views. What was received before is filled in from
-- `reports` (src/store/schema/fill.rs) under filled = 1, in partitions of its own, so that this can be repeated. So a
-- view names its columns in the order of its table.

-- Who reported what, by the minute: for the last hours, and for whether a page group was heard at all. No column of it
-- is open: an attacker who makes things up adds no rows.
CREATE TABLE IF NOT EXISTS ${database}.reports_by_minute${on_cluster}
(
    minute      DateTime('UTC') CODEC(T64, ZSTD(3)),
    site        LowCardinality(String),
    page_group  LowCardinality(String),
    verdict     LowCardinality(String),
    kind        LowCardinality(String),
    disposition LowCardinality(String),
    filled      Bool COMMENT 'filled in from reports, not by the view',
    count       SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(3))
)
ENGINE = ${replicated}AggregatingMergeTree
PARTITION BY (toYYYYMMDD(minute), filled)
ORDER BY (site, page_group, verdict, kind, disposition, minute, filled)
TTL minute + INTERVAL 31 DAY DELETE
SETTINGS ${window},
         fsync_after_insert = 1, fsync_part_directory = 1;

CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.minutes_of_reports${on_cluster}
TO ${database}.reports_by_minute
AS SELECT
    toStartOfMinute(r.received_at) AS minute,
    r.site AS site,
    r.page_group AS page_group,
    r.verdict AS verdict,
    r.kind AS kind,
    r.disposition AS disposition,
    false AS filled,
    sum(r.count) AS count
FROM ${database}.reports AS r
WHERE r.received_at >= '${since}'
GROUP BY minute, site, page_group, verdict, kind, disposition;

-- The same reports once for each of their dimensions: how many of a site, page group and verdict had the directive
-- `img-src`, how many came from Firefox. All combinations of all dimensions would be most of `reports` again.
-- For totals take one dimension, `kind`.
CREATE TABLE IF NOT EXISTS ${database}.reports_by_hour${on_cluster}
(
    hour        DateTime('UTC') CODEC(T64, ZSTD(3)),
    dimension   LowCardinality(String) COMMENT 'kind, disposition, directive, engine, reason or destination',
    site        LowCardinality(String),
    page_group  LowCardinality(String),
    verdict     LowCardinality(String),
    value       String COMMENT 'in that dimension; *: the rest, where there were too many' CODEC(ZSTD(3)),
    filled      Bool COMMENT 'filled in from reports, not by the view',
    count       SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(3))
)
ENGINE = ${replicated}AggregatingMergeTree
PARTITION BY (toYYYYMMDD(hour), filled)
ORDER BY (dimension, site, page_group, verdict, value, hour, filled)
TTL hour + INTERVAL 400 DAY DELETE,
    hour + INTERVAL 90 DAY DELETE WHERE verdict = 'noise'
SETTINGS ${window},
         fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS ${database}.reports_by_day${on_cluster}
(
    day         Date,
    dimension   LowCardinality(String) COMMENT 'kind, disposition, directive, engine, reason or destination',
    site        LowCardinality(String),
    page_group  LowCardinality(String),
    verdict     LowCardinality(String),
    value       String COMMENT 'in that dimension; *: the rest, where there were too many' CODEC(ZSTD(3)),
    filled      Bool COMMENT 'filled in from reports, not by the view',
    count       SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(3))
)
ENGINE = ${replicated}AggregatingMergeTree
-- A year of these is asked for at once: one partition a month, and one for each day that is filled in.
PARTITION BY (toYYYYMM(day), if(filled, toDayOfMonth(day), 0))
ORDER BY (dimension, site, page_group, verdict, value, day, filled)
TTL day + INTERVAL 800 DAY DELETE,
    day + INTERVAL 400 DAY DELETE WHERE verdict = 'noise'
SETTINGS ${window},
         fsync_after_insert = 1, fsync_part_directory = 1;

-- Before the view of the hours: so not an hour goes by it.
CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.days_of_reports${on_cluster}
TO ${database}.reports_by_day
AS SELECT
    toDate(h.hour) AS day,
    h.dimension AS dimension,
    h.site AS site,
    h.page_group AS page_group,
    h.verdict AS verdict,
    h.value AS value,
    h.filled AS filled,
    sum(h.count) AS count
FROM ${database}.reports_by_hour AS h
GROUP BY day, dimension, site, page_group, verdict, value, filled;

-- Destinations can be made up. So of each seal a site has at most 1000 rows a dimension, the largest; what the others
-- count stands under *. Who wants to know all names asks `sightings`.
-- In a row of a grouping set the columns of the others are empty, so all of them together are its value.
CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.hours_of_reports${on_cluster}
TO ${database}.reports_by_hour
AS SELECT
    p.hour AS hour,
    p.dimension AS dimension,
    p.site AS site,
    p.page_group AS page_group,
    p.verdict AS verdict,
    if(p.place <= 1000, p.value, '*') AS value,
    false AS filled,
    p.count AS count
FROM
(
    SELECT *, row_number() OVER (PARTITION BY hour, dimension, site ORDER BY count DESC) AS place
    FROM
    (
        SELECT
            toStartOfHour(r.received_at) AS hour,
            transform(
                grouping(kind, disposition, directive, engine, reason, destination),
                [31, 47, 55, 59, 61, 62],
                ['kind', 'disposition', 'directive', 'engine', 'reason', 'destination'], '') AS dimension,
            r.site AS site,
            r.page_group AS page_group,
            r.verdict AS verdict,
            concat(kind, disposition, directive, engine, reason, destination) AS value,
            sum(r.count) AS count
        FROM ${database}.reports AS r
        WHERE r.received_at >= '${since}'
        GROUP BY GROUPING SETS (
            (hour, site, page_group, verdict, kind),
            (hour, site, page_group, verdict, disposition),
            (hour, site, page_group, verdict, directive),
            (hour, site, page_group, verdict, engine),
            (hour, site, page_group, verdict, reason),
            (hour, site, page_group, verdict, destination))
    )
) AS p;

-- The violations that have to do with unknown destinations, by day: what `reports` know of a destination and `sightings`
-- do not, as engines and scripts. In `reports` they lie among a hundred times as many others.
CREATE TABLE IF NOT EXISTS ${database}.violations_by_day${on_cluster}
(
    day            Date,
    destination    String CODEC(ZSTD(3)),
    site           LowCardinality(String),
    page_group     LowCardinality(String),
    verdict        LowCardinality(String),
    disposition    LowCardinality(String),
    engine         LowCardinality(String),
    fingerprint    UInt128 CODEC(ZSTD(3)),
    directive      SimpleAggregateFunction(any, LowCardinality(String)),
    blocked_host   SimpleAggregateFunction(any, String) CODEC(ZSTD(3)),
    blocked_path   SimpleAggregateFunction(any, String) CODEC(ZSTD(3)),
    document_path  SimpleAggregateFunction(any, String) CODEC(ZSTD(3)),
    source_host    SimpleAggregateFunction(any, String) CODEC(ZSTD(3)),
    source_path    SimpleAggregateFunction(any, String) CODEC(ZSTD(3)),
    engine_version SimpleAggregateFunction(max, UInt16) CODEC(ZSTD(3)),
    first_seen     SimpleAggregateFunction(min, DateTime64(3, 'UTC')) CODEC(T64, ZSTD(3)),
    last_seen      SimpleAggregateFunction(max, DateTime64(3, 'UTC')) CODEC(T64, ZSTD(3)),
    filled         Bool COMMENT 'filled in from reports, not by the view',
    count          SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(3)),
    -- For lists of destinations: a few rows of each.
    PROJECTION engines
    (
        SELECT site, page_group, destination, engine, disposition, sum(count)
        GROUP BY site, page_group, destination, engine, disposition
    )
)
ENGINE = ${replicated}AggregatingMergeTree
PARTITION BY (toYYYYMM(day), if(filled, toDayOfMonth(day), 0))
ORDER BY (destination, site, page_group, verdict, disposition, engine, fingerprint, day, filled)
TTL day + INTERVAL 800 DAY DELETE
-- Asked for some rows here and some there, and narrow.
SETTINGS index_granularity = 1024, deduplicate_merge_projection_mode = 'rebuild',
         ${window}, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.days_of_violations${on_cluster}
TO ${database}.violations_by_day
AS SELECT
    toDate(r.received_at) AS day,
    r.destination AS destination,
    r.site AS site,
    r.page_group AS page_group,
    r.verdict AS verdict,
    r.disposition AS disposition,
    r.engine AS engine,
    r.fingerprint AS fingerprint,
    any(r.directive) AS directive,
    any(r.blocked_host) AS blocked_host,
    any(r.blocked_path) AS blocked_path,
    any(r.document_path) AS document_path,
    any(r.source_host) AS source_host,
    any(r.source_path) AS source_path,
    max(r.engine_version) AS engine_version,
    min(r.first_seen) AS first_seen,
    max(r.last_seen) AS last_seen,
    false AS filled,
    sum(r.count) AS count
FROM ${database}.reports AS r
WHERE r.received_at >= '${since}' AND r.verdict IN ('unknown', 'impossible') AND r.destination != ''
GROUP BY day, destination, site, page_group, verdict, disposition, engine, fingerprint;

-- Sightings are in the order of sites, but people ask about a destination wherever it was.
ALTER TABLE ${database}.sightings${on_cluster}
    ADD PROJECTION IF NOT EXISTS by_destination (SELECT * ORDER BY destination, seen_at);

-- Of what is stored, in the background. Repeated it does nothing.
ALTER TABLE ${database}.sightings${on_cluster} MATERIALIZE PROJECTION IF EXISTS by_destination;
