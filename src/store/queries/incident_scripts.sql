-- Where exactly a destination was to be reached, and by which script.
-- Parameters: destination, site (empty: all), limit
-- Range: all
-- For: dashboard Incident, `cspwatch incident`
SELECT blocked_host, blocked_path, source_host, source_path, sum(count) AS reports, min(v.first_seen) AS first, max(v.last_seen) AS last
FROM violations_by_day AS v
WHERE destination = {destination:String} AND ({site:String} = '' OR site = {site:String})
GROUP BY blocked_host, blocked_path, source_host, source_path
ORDER BY reports DESC, blocked_host, blocked_path
LIMIT {limit:UInt64}
