-- The drills of a site within a range, the latest first; without those of `cspwatch doctor`, which do not try the pager.
-- Parameters: site (empty: all), page_group (empty: all), from, to (milliseconds since 1970), limit
-- Range: 90 d
-- For: cspwatch evidence, the console
SELECT toString(site) AS site, toString(page_group) AS page_group, at, destination, stages, passed, why, `by`, toString(goal) AS goal
FROM drills
WHERE goal = 'delivered' AND ({site:String} = '' OR site = {site:String}) AND ({page_group:String} = '' OR page_group = {page_group:String})
  AND at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
ORDER BY at DESC, site, page_group
LIMIT {limit:UInt64}
