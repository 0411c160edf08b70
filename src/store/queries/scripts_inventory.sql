-- The scripts that pages ran, by address and hash, the latest first.
-- Parameters: site (empty: all), page_group (empty: all), limit
-- Range: all
-- For: dashboard Scripts
SELECT toString(s.site) AS site, toString(s.page_group) AS page_group, s.script_host AS script_host, s.script_path AS script_path,
       s.hash AS hash, min(s.first_seen) AS first, max(s.last_seen) AS last
FROM scripts AS s
WHERE ({site:String} = '' OR site = {site:String}) AND ({page_group:String} = '' OR page_group = {page_group:String})
GROUP BY s.site, s.page_group, s.script_host, s.script_path, s.hash
ORDER BY last DESC, site, page_group, script_host, script_path, hash
LIMIT {limit:UInt64}
