-- Inline scripts in the inventory, out of what the client script reports where a page asks for it. They have no host; their path
-- is the word inline, and the hash tells them apart. Those beyond the listed ones have one row without a hash.
CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.inline_scripts_of_reports${on_cluster}
TO ${database}.scripts
AS SELECT
    r.site AS site,
    r.page_group AS page_group,
    '' AS script_host,
    'inline' AS script_path,
    if(r.detail = 'unlisted', '', r.detail) AS hash,
    '' AS destination,
    min(r.first_seen) AS first_seen,
    max(r.last_seen) AS last_seen
FROM ${database}.reports AS r
WHERE r.kind = 'inline_hash' AND r.detail != '' AND r.verdict NOT IN ('noise', 'foreign')
GROUP BY site, page_group, script_host, script_path, hash, destination;
