-- Security headers of pages, as `cspwatch doctor --watch --store` received them: a row when they changed, and one a day as a
-- sign of life. A log, which evidence packs show.
CREATE TABLE IF NOT EXISTS ${database}.headers${on_cluster}
(
    site        LowCardinality(String),
    page_group  LowCardinality(String),
    page        String COMMENT 'host and path, without the query',
    at          DateTime64(3, 'UTC') COMMENT 'when the page was fetched',
    failure     String COMMENT 'why it could not be fetched; empty: it was',
    headers     Array(Tuple(String, String, String)) COMMENT 'name, the beginning of the value, and SHA-256 of the whole value; without nonces and queries'
)
ENGINE = ${replicated}MergeTree
ORDER BY (site, page, at)
TTL toDateTime(at) + INTERVAL 800 DAY DELETE
SETTINGS ${window},
         fsync_after_insert = 1, fsync_part_directory = 1;
