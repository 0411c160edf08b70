-- What the console writes besides decisions that collectors act on.

-- A destination that a person found to be a theft: that takes back what was decided before, and the destination goes on
-- alerting.
ALTER TABLE ${database}.decisions${on_cluster}
    MODIFY COLUMN IF EXISTS decision Enum8('approve' = 1, 'ignore' = 2, 'forget' = 3, 'theft' = 4);

-- What people write down about a destination. A log: nothing is changed or deleted.
CREATE TABLE IF NOT EXISTS ${database}.notes${on_cluster}
(
    noted_at    DateTime64(3, 'UTC') DEFAULT now64(3),
    site        LowCardinality(String),
    destination String,
    `by`        String COMMENT 'who',
    note        String
)
ENGINE = ${replicated}MergeTree
ORDER BY (site, destination, noted_at)
SETTINGS ${window},
         fsync_after_insert = 1, fsync_part_directory = 1;

-- Releases of the sites, as people and pipelines mark them. What changed after one may be because of it.
CREATE TABLE IF NOT EXISTS ${database}.releases${on_cluster}
(
    site        LowCardinality(String),
    version     String,
    environment LowCardinality(String) COMMENT 'empty: the one there is',
    at          DateTime64(3, 'UTC'),
    `by`        String COMMENT 'who marked it'
)
ENGINE = ${replicated}MergeTree
ORDER BY (site, at)
SETTINGS ${window},
         fsync_after_insert = 1, fsync_part_directory = 1;
