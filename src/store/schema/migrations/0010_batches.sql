-- The batches that have sightings, in the order in which ClickHouse got them. Collectors ask it every few seconds what is new,
-- also of a batch that waited for days on a collector's disk: received_at would not say that.
CREATE TABLE IF NOT EXISTS ${database}.sighted_batches${on_cluster}
(
    stored_at      DateTime64(3, 'UTC') COMMENT 'clock of ClickHouse',
    batch_id       String CODEC(ZSTD(3)),
    first_received DateTime64(3, 'UTC') COMMENT 'of its sightings, by the clock of the collector',
    last_received  DateTime64(3, 'UTC')
)
ENGINE = ${replicated}MergeTree
PARTITION BY toYYYYMMDD(stored_at)
ORDER BY stored_at
-- A collector that was away for longer asks `sightings`.
TTL toDateTime(stored_at) + INTERVAL 8 DAY DELETE
SETTINGS ${window},
         fsync_after_insert = 1, fsync_part_directory = 1;

CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.batches_of_sightings${on_cluster}
TO ${database}.sighted_batches
AS SELECT
    now64(3, 'UTC') AS stored_at,
    batch_id,
    min(received_at) AS first_received,
    max(received_at) AS last_received
FROM ${database}.sightings
GROUP BY batch_id;
