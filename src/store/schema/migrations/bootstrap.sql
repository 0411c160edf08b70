-- What the migrations themselves need. ${database} is put in by the program.
CREATE DATABASE IF NOT EXISTS ${database};

-- Which migrations were applied. Two collectors may apply the same one at once: both write its row,
-- and merges leave one. The newest version decides, so a duplicate changes nothing meanwhile.
CREATE TABLE IF NOT EXISTS ${database}.schema_migrations
(
    version    UInt32,
    name       String,
    applied_at DateTime64(3, 'UTC') DEFAULT now64(3),
    applied_by String COMMENT 'version of the program'
)
ENGINE = ReplacingMergeTree
ORDER BY version;
