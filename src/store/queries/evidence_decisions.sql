-- What people decided about the destinations of a site within the range, in the order of time. That a drill is over is no decision
-- of that kind.
-- Parameters: site, from, to (milliseconds since 1970)
-- Range: 90 d
-- For: `cspwatch evidence`
SELECT decided_at, destination, replaceOne(toString(decision), '_within', '') AS decision, toString(directive) AS directive,
       toString(page_group) AS page_group, `by`, why, until
FROM decisions
WHERE site = {site:String} AND destination GLOBAL NOT IN (SELECT destination FROM drills WHERE site = {site:String})
  AND decided_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND decided_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
ORDER BY decided_at, destination
