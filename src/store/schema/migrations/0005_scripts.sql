-- The inventory of scripts, out of what browsers tell by `report-sha256`. It begins with this migration: a script that is
-- still in use is told again by the next visitor.
CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.scripts_of_reports${on_cluster}
TO ${database}.scripts
AS SELECT
    r.site AS site,
    r.page_group AS page_group,
    r.blocked_host AS script_host,
    r.blocked_path AS script_path,
    r.detail AS hash,
    r.destination AS destination,
    min(r.first_seen) AS first_seen,
    max(r.last_seen) AS last_seen
FROM ${database}.reports AS r
WHERE r.kind = 'csp_hash' AND r.verdict != 'noise'
GROUP BY site, page_group, script_host, script_path, hash, destination;
