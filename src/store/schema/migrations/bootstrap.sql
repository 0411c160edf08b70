-- What the migrations themselves need.
CREATE DATABASE IF NOT EXISTS ${database}${on_cluster};

-- Which migrations were applied. Two collectors may apply the same one at once: both write its row,
-- and merges leave one. The newest version decides, so a duplicate changes nothing meanwhile.
-- Each server of a cluster has its own: a migration that is repeated there changes nothing either.
CREATE TABLE IF NOT EXISTS ${database}.schema_migrations${on_cluster}
(
    version    UInt32,
    name       String,
    applied_at DateTime64(3, 'UTC') DEFAULT now64(3),
    applied_by String COMMENT 'version of the program'
)
ENGINE = ReplacingMergeTree
ORDER BY version;
