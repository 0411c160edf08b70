-- By which directive and channel a destination was to be reached, and whether the browser stopped it.
-- Parameters: destination, site (empty: all)
-- Range: all
-- For: dashboard Incident, `cspwatch incident`
SELECT toString(s.directive) AS directive, toString(s.channel) AS channel, toString(s.disposition) AS disposition, toString(s.kind) AS kind, toString(s.verdict) AS verdict, count() AS reports, uniq(client) AS clients
FROM sightings AS s
WHERE destination = {destination:String} AND ({site:String} = '' OR site = {site:String})
GROUP BY s.directive, s.channel, s.disposition, s.kind, s.verdict
ORDER BY reports DESC, directive, disposition
