-- What people decided about a destination, the newest first.
-- Parameters: destination, site (empty: all)
-- Range: all
-- For: dashboard Incident, `cspwatch incident`
SELECT decided_at, toString(site) AS site, replaceOne(toString(decision), '_within', '') AS decision,
       toString(directive) AS directive, toString(page_group) AS page_group, `by`, why, until
FROM decisions
WHERE destination = {destination:String} AND ({site:String} = '' OR site = {site:String})
ORDER BY decided_at DESC
