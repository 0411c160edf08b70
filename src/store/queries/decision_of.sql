-- The two newest decisions about a destination, the newest first.
-- Parameters: site, destination
-- Range: all
-- For: the console and `cspwatch destinations`, before somebody decides
SELECT decided_at, toString(site) AS site, destination, toString(decision) AS decision, `by`, why, until
FROM decisions
WHERE site = {site:String} AND destination = {destination:String}
ORDER BY decided_at DESC
LIMIT 2
