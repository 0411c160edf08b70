-- Three things are the same in all tables that the collector fills:
--
-- The deduplication window: a plain MergeTree remembers no inserts by default, and a
--   repeated batch would count twice. The target of a materialized view needs its own. 10000 is far
--   more than the batches between an attempt and its repetition.
-- fsync_after_insert, fsync_part_directory: the collector deletes a segment after ClickHouse said
--   200, but by default that 200 does not survive a power cut. With a batch every few seconds the
--   sync costs nothing that can be noticed.
-- PARTITION BY the day of received_at: the collector's clock. A time that came with a report would
--   let anybody spread one batch over more than 100 partitions, which ClickHouse refuses for good.

-- One row per distinct violation per sealed segment. sum(count) = reports accepted.
CREATE TABLE IF NOT EXISTS ${database}.reports${on_cluster}
(
    batch_id       String COMMENT 'segment, also the deduplication token: makes duplicates countable',
    received_at    DateTime64(3, 'UTC') COMMENT 'collector clock',
    first_seen     DateTime64(3, 'UTC') COMMENT 'received minus the age that the browser gave',
    last_seen      DateTime64(3, 'UTC'),
    count          UInt64 COMMENT 'reports folded into this row',
    clients        UInt32 COMMENT 'distinct clients among them',
    site           LowCardinality(String),
    page_group     LowCardinality(String),
    kind           LowCardinality(String),
    type_name      String COMMENT 'the type as sent, where kind is other',
    disposition    LowCardinality(String) COMMENT 'enforce, report, or unknown where the browser does not say',
    directive      LowCardinality(String),
    channel        LowCardinality(String) COMMENT 'send, load or other: what the directive would have allowed',
    verdict        LowCardinality(String),
    reason         LowCardinality(String) COMMENT 'which rule decided',
    destination    String COMMENT 'registrable domain of the blocked URL',
    blocked_scheme LowCardinality(String),
    blocked_host   String,
    blocked_port   UInt16 COMMENT '0: the default of the scheme',
    blocked_path   String,
    document_host  String,
    document_path  String,
    source_scheme  LowCardinality(String),
    source_host    String,
    source_path    String,
    line           UInt32,
    column         UInt32,
    status_code    UInt16,
    sample         String COMMENT 'redacted, and still chosen by whoever sent it',
    detail         String COMMENT 'what exactly, by kind: a hash, an error, a policy, a feature',
    policy_hash    String,
    engine         LowCardinality(String),
    engine_version UInt16,
    pan_in_url     Bool COMMENT 'a card number was found and taken out',
    fingerprint    UInt128 COMMENT 'what makes two reports the same violation'
)
ENGINE = ${replicated}MergeTree
PARTITION BY toYYYYMMDD(received_at)
-- People ask about a site, then a page group, then what kind of trouble, then where to.
ORDER BY (site, page_group, verdict, destination, received_at)
-- An assessor asks for twelve months; noise is the bulk and of use for a season.
TTL toDateTime(received_at) + INTERVAL 400 DAY DELETE,
    toDateTime(received_at) + INTERVAL 90 DAY DELETE WHERE verdict = 'noise'
SETTINGS ${window},
         fsync_after_insert = 1, fsync_part_directory = 1;

-- One row per report that may be evidence: an unknown or impossible destination, a failed integrity
-- check. Unfolded, because "when, where and whom" is asked of these.
CREATE TABLE IF NOT EXISTS ${database}.sightings${on_cluster}
(
    batch_id      String,
    received_at   DateTime64(3, 'UTC') COMMENT 'collector clock',
    seen_at       DateTime64(3, 'UTC') COMMENT 'received minus the age that the browser gave',
    site          LowCardinality(String),
    page_group    LowCardinality(String),
    destination   String,
    directive     LowCardinality(String),
    disposition   LowCardinality(String),
    channel       LowCardinality(String),
    verdict       LowCardinality(String),
    kind          LowCardinality(String),
    document_path String,
    client        UInt64 COMMENT 'keyed hash: upper half of the network, lower half of the client',
    tag           String COMMENT 'correlation id that the site gave',
    tag_signed    Bool,
    fingerprint   UInt128
)
ENGINE = ${replicated}MergeTree
PARTITION BY toYYYYMMDD(received_at)
ORDER BY (site, destination, page_group, seen_at)
TTL toDateTime(received_at) + INTERVAL 800 DAY DELETE
SETTINGS ${window},
         fsync_after_insert = 1, fsync_part_directory = 1;

-- Reports that were limited: counted here, stored nowhere.
CREATE TABLE IF NOT EXISTS ${database}.limited${on_cluster}
(
    batch_id    String,
    received_at DateTime64(3, 'UTC') COMMENT 'collector clock',
    minute      DateTime('UTC'),
    site        LowCardinality(String),
    kind        LowCardinality(String),
    count       UInt64
)
ENGINE = ${replicated}MergeTree
PARTITION BY toYYYYMMDD(received_at)
ORDER BY (site, kind, minute)
TTL toDateTime(received_at) + INTERVAL 400 DAY DELETE
SETTINGS ${window},
         fsync_after_insert = 1, fsync_part_directory = 1;

-- All that is known of a destination, kept for ever: nothing becomes known by growing old, and a
-- return after a year of silence must be told from a first appearance. One row per key after
-- merges; read it with GROUP BY and the -Merge functions.
CREATE TABLE IF NOT EXISTS ${database}.destinations${on_cluster}
(
    site        LowCardinality(String),
    page_group  LowCardinality(String),
    destination String,
    channel     LowCardinality(String),
    first_seen  SimpleAggregateFunction(min, DateTime64(3, 'UTC')),
    last_seen   SimpleAggregateFunction(max, DateTime64(3, 'UTC')),
    reports     SimpleAggregateFunction(sum, UInt64),
    clients     AggregateFunction(uniq, UInt64),
    active_days SimpleAggregateFunction(groupUniqArrayArray, Array(Date)),
    verdicts    SimpleAggregateFunction(groupUniqArrayArray, Array(String))
)
ENGINE = ${replicated}AggregatingMergeTree
ORDER BY (site, page_group, destination, channel)
-- The states of `clients` are large, and who asks for a hundred destinations wants theirs, not those of their neighbours.
SETTINGS index_granularity = 128, ${window},
         fsync_after_insert = 1, fsync_part_directory = 1;

CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.destinations_of_sightings${on_cluster}
TO ${database}.destinations
AS SELECT
    site,
    page_group,
    destination,
    channel,
    min(seen_at) AS first_seen,
    max(seen_at) AS last_seen,
    count() AS reports,
    uniqState(client) AS clients,
    groupUniqArray(toDate(seen_at)) AS active_days,
    groupUniqArray(toString(verdict)) AS verdicts
FROM ${database}.sightings
WHERE destination != ''
GROUP BY site, page_group, destination, channel;

-- The policies that sites were seen with. Only minima and maxima: writing a row again, also from
-- another collector, changes nothing.
CREATE TABLE IF NOT EXISTS ${database}.policies${on_cluster}
(
    site        LowCardinality(String),
    page_group  LowCardinality(String),
    policy_hash String COMMENT 'of the normalised policy: nonces and endpoint ids off',
    disposition LowCardinality(String),
    policy      SimpleAggregateFunction(anyLast, String) COMMENT 'normalised',
    first_seen  SimpleAggregateFunction(min, DateTime64(3, 'UTC')),
    last_seen   SimpleAggregateFunction(max, DateTime64(3, 'UTC'))
)
ENGINE = ${replicated}AggregatingMergeTree
ORDER BY (site, page_group, policy_hash, disposition)
SETTINGS ${window},
         fsync_after_insert = 1, fsync_part_directory = 1;

-- The scripts that pages were seen to run, by hash where the browser gave one.
CREATE TABLE IF NOT EXISTS ${database}.scripts${on_cluster}
(
    site        LowCardinality(String),
    page_group  LowCardinality(String),
    script_host String COMMENT 'empty: inline',
    script_path String,
    hash        String COMMENT 'as the browser writes it, sha256-...; empty: unknown',
    destination String COMMENT 'registrable domain of script_host',
    first_seen  SimpleAggregateFunction(min, DateTime64(3, 'UTC')),
    last_seen   SimpleAggregateFunction(max, DateTime64(3, 'UTC'))
)
ENGINE = ${replicated}AggregatingMergeTree
ORDER BY (site, page_group, script_host, script_path, hash, destination)
SETTINGS ${window},
         fsync_after_insert = 1, fsync_part_directory = 1;

-- What people decided about destinations. A log: nothing is overwritten, the newest row holds.
CREATE TABLE IF NOT EXISTS ${database}.decisions${on_cluster}
(
    decided_at  DateTime64(3, 'UTC') DEFAULT now64(3),
    site        LowCardinality(String),
    destination String,
    decision    Enum8('approve' = 1, 'ignore' = 2, 'forget' = 3),
    `by`        String COMMENT 'who',
    why         String,
    until       Nullable(DateTime64(3, 'UTC')) COMMENT 'NULL: until decided otherwise'
)
ENGINE = ${replicated}MergeTree
ORDER BY (site, destination, decided_at)
SETTINGS ${window},
         fsync_after_insert = 1, fsync_part_directory = 1;
