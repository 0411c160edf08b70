-- All that is known of a site's scripts within the range: the hashes that browsers reported, inline scripts
-- (without a host) included, and what failed.
-- Parameters: site, page_group (empty: all), from, to (milliseconds since 1970), limit
-- Range: all
-- For: `cspwatch scripts`, `cspwatch evidence`
SELECT page_group, script_host, script_path, kind, hash, verdict, disposition, first, last, reports
FROM
(
    SELECT toString(s.page_group) AS page_group, s.script_host AS script_host, s.script_path AS script_path, 'csp_hash' AS kind,
           s.hash AS hash, '' AS verdict, '' AS disposition, min(s.first_seen) AS first, max(s.last_seen) AS last, 0 AS reports
    FROM scripts AS s
    WHERE s.site = {site:String} AND ({page_group:String} = '' OR s.page_group = {page_group:String}) AND (s.script_host != '' OR s.script_path = 'inline')
    GROUP BY page_group, script_host, script_path, hash
    UNION ALL
    SELECT toString(f.page_group) AS page_group, f.script_host AS script_host, f.script_path AS script_path, toString(f.kind) AS kind,
           '' AS hash, toString(f.verdict) AS verdict, toString(f.disposition) AS disposition,
           min(f.first_seen) AS first, max(f.last_seen) AS last, sum(f.reports) AS reports
    FROM script_failures AS f
    WHERE f.site = {site:String} AND ({page_group:String} = '' OR f.page_group = {page_group:String})
    GROUP BY page_group, script_host, script_path, kind, verdict, disposition
)
WHERE last >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND first < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
ORDER BY script_host, script_path, page_group, kind, first, hash, verdict, disposition
LIMIT {limit:UInt64}
