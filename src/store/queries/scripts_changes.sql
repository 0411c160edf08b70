-- Files of which browsers told several hashes, the latest change first.
-- Parameters: site (empty: all), page_group (empty: all), limit
-- Range: all
-- For: dashboard Scripts
SELECT toString(s.site) AS site, toString(s.page_group) AS page_group, s.script_host AS script_host, s.script_path AS script_path,
       uniqExact(s.hash) AS hashes, max(s.first_seen) AS changed, argMax(s.hash, s.first_seen) AS newest
FROM scripts AS s
WHERE ({site:String} = '' OR site = {site:String}) AND ({page_group:String} = '' OR page_group = {page_group:String}) AND s.script_host != ''
GROUP BY s.site, s.page_group, s.script_host, s.script_path
HAVING hashes > 1
ORDER BY changed DESC, site, page_group, script_host, script_path
LIMIT {limit:UInt64}
