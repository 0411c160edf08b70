-- What users of cspwatch need in ClickHouse, for the default clickhouse.database. Run it as a user who may grant, in a cluster
-- on each server or with ON CLUSTER, after CREATE USER.

-- `cspwatch migrate`, and `cspwatch serve` as it is started by default: it makes the tables.
GRANT CREATE DATABASE, CREATE TABLE, CREATE VIEW, DROP TABLE, DROP VIEW, ALTER, SELECT, INSERT, SHOW ON cspwatch.* TO cspwatch_migrate;
GRANT CREATE DATABASE, CREATE TABLE, CREATE VIEW, DROP TABLE, DROP VIEW, ALTER, SELECT, INSERT, SHOW ON cspwatch_local.* TO cspwatch_migrate;
-- Which clusters, tables, replicas and Keeper there are.
GRANT SELECT ON system.* TO cspwatch_migrate;
-- In a cluster: statements for all servers, and the question which path each replica has.
GRANT CLUSTER ON *.* TO cspwatch_migrate;
GRANT REMOTE ON *.* TO cspwatch_migrate;
-- Where table_engines_require_grant is on.
GRANT TABLE ENGINE ON MergeTree TO cspwatch_migrate;
GRANT TABLE ENGINE ON AggregatingMergeTree TO cspwatch_migrate;
GRANT TABLE ENGINE ON ReplacingMergeTree TO cspwatch_migrate;
GRANT TABLE ENGINE ON ReplicatedMergeTree TO cspwatch_migrate;
GRANT TABLE ENGINE ON ReplicatedAggregatingMergeTree TO cspwatch_migrate;
GRANT TABLE ENGINE ON ReplicatedReplacingMergeTree TO cspwatch_migrate;
GRANT TABLE ENGINE ON Distributed TO cspwatch_migrate;

-- `cspwatch serve --no-migrate`, and the commands that ask and decide: the tables are there.
GRANT SELECT, INSERT ON cspwatch.* TO cspwatch_collector;
GRANT SELECT ON cspwatch_local.* TO cspwatch_collector;
-- How much room its tables have.
GRANT SELECT ON system.disks TO cspwatch_collector;
GRANT SELECT ON system.parts TO cspwatch_collector;

-- Dashboards.
GRANT SELECT ON cspwatch.* TO cspwatch_reader;
