-- Files of which browsers reported several hashes, the latest change first.
-- Parameters: site (empty: all), page_group (empty: all), limit
-- Range: all
-- For: dashboard Scripts
SELECT toString(site) AS site, toString(page_group) AS page_group, script_host, script_path, count() AS hashes, max(first) AS changed, argMax(hash, first) AS newest
FROM
(
    -- A hash has a row for each batch until these are merged, and the first of them counts.
    SELECT s.site AS site, s.page_group AS page_group, s.script_host AS script_host, s.script_path AS script_path, s.hash AS hash, min(s.first_seen) AS first
    FROM scripts AS s
    WHERE ({site:String} = '' OR site = {site:String}) AND ({page_group:String} = '' OR page_group = {page_group:String}) AND s.script_host != ''
    GROUP BY s.site, s.page_group, s.script_host, s.script_path, s.hash
)
GROUP BY site, page_group, script_host, script_path
HAVING hashes > 1
ORDER BY changed DESC, site, page_group, script_host, script_path
LIMIT {limit:UInt64}
