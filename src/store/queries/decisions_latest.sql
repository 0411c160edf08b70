-- The latest decisions about destinations. That a drill is over is no decision.
-- Parameters: site (empty: all), limit
-- Range: all
-- For: the console
SELECT decided_at, toString(site) AS site, destination, replaceOne(toString(decision), '_within', '') AS decision,
       toString(directive) AS directive, toString(page_group) AS page_group, `by`, why, until
FROM decisions
WHERE ({site:String} = '' OR site = {site:String})
  AND destination GLOBAL NOT IN (SELECT destination FROM drills)
ORDER BY decided_at DESC, site, destination
LIMIT {limit:UInt64}
