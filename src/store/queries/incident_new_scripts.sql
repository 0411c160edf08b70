-- The scripts that page groups ran first between two times, by address and hash. `earlier`: so many other hashes had this
-- address before.
-- Parameters: sites, page_groups, from, to (milliseconds since 1970), limit
-- Range: all
-- For: `cspwatch incident`
SELECT site, page_group, script_host, script_path, hash, first, earlier
FROM
(
    SELECT *, count() OVER (PARTITION BY site, page_group, script_host, script_path ORDER BY first, hash ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS earlier
    FROM
    (
        SELECT toString(s.site) AS site, toString(s.page_group) AS page_group, s.script_host AS script_host, s.script_path AS script_path,
            s.hash AS hash, min(s.first_seen) AS first
        FROM scripts AS s
        WHERE s.site IN {sites:Array(String)} AND s.page_group IN {page_groups:Array(String)}
        GROUP BY s.site, s.page_group, s.script_host, s.script_path, s.hash
    )
)
WHERE first >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND first <= fromUnixTimestamp64Milli({to:Int64}, 'UTC')
ORDER BY first, site, page_group, script_host, script_path, hash
LIMIT {limit:UInt64}
