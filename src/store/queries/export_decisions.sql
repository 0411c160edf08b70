-- What people decided within the range about destinations and scripts, in the order of time.
-- Parameters: site (empty: all), from, to (milliseconds since 1970)
-- Range: 10 min
-- For: `cspwatch export`, every five seconds, and once as a file
SELECT decided_at, about, site, page_group, destination, script_host, script_path, hash, decision, `by`, why, owner, until,
       directive
FROM
(
    SELECT decided_at, 'destination' AS about, toString(site) AS site, toString(page_group) AS page_group,
           destination, '' AS script_host, '' AS script_path, '' AS hash,
           replaceOne(toString(decision), '_within', '') AS decision, `by`, why, '' AS owner, until, toString(directive) AS directive
    FROM decisions
    UNION ALL
    SELECT decided_at, 'script' AS about, toString(site) AS site, toString(page_group) AS page_group, '' AS destination,
           script_host, script_path, hash, toString(decision) AS decision, `by`, justification AS why, owner, NULL AS until,
           '' AS directive
    FROM script_decisions
)
WHERE decided_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND decided_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
  AND ({site:String} = '' OR site = {site:String})
ORDER BY decided_at, about, site, page_group, destination, script_host, script_path, hash, decision, `by`, why, owner, until, directive
