-- What people decided about a destination, the newest first.
-- Parameters: destination, site (empty: all)
-- Range: all
-- For: dashboard Incident, `cspwatch incident`
SELECT decided_at, toString(site) AS site, toString(decision) AS decision, `by`, why, until
FROM decisions
WHERE destination = {destination:String} AND ({site:String} = '' OR site = {site:String})
ORDER BY decided_at DESC
