-- The newest decisions about a destination, the newest first.
-- Parameters: site, destination, limit
-- Range: all
-- For: the console and `cspwatch destinations`, before somebody decides
SELECT decided_at, toString(site) AS site, destination, replaceOne(toString(decision), '_within', '') AS decision, toString(directive) AS directive,
       toString(page_group) AS page_group, `by`, why, until
FROM decisions
WHERE site = {site:String} AND destination = {destination:String}
ORDER BY decided_at DESC
LIMIT {limit:UInt64}
