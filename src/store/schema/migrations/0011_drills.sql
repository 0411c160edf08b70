-- Drills: tries whether a report reaches the pager. A log, which evidence packs show.
CREATE TABLE IF NOT EXISTS ${database}.drills${on_cluster}
(
    site        LowCardinality(String),
    page_group  LowCardinality(String),
    at          DateTime64(3, 'UTC') COMMENT 'when it began',
    destination String COMMENT 'what its report named',
    stages      Array(Tuple(String, Float64)) COMMENT 'that were reached, and after how many seconds',
    passed      Bool COMMENT 'the alert was delivered',
    why         String COMMENT 'why it did not pass',
    `by`        String COMMENT 'who began it'
)
ENGINE = ${replicated}MergeTree
ORDER BY (site, at)
SETTINGS ${window},
         fsync_after_insert = 1, fsync_part_directory = 1;
