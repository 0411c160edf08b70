-- By which directive and channel a destination was to be reached, and whether the browser stopped it.
-- Parameters: destination, site (empty: all)
-- Range: all
-- For: dashboard Incident, `cspwatch incident`
SELECT toString(directive) AS directive, toString(channel) AS channel, toString(disposition) AS disposition, toString(kind) AS kind, toString(verdict) AS verdict, count() AS reports, uniq(client) AS clients
FROM sightings
WHERE destination = {destination:String} AND ({site:String} = '' OR site = {site:String})
GROUP BY directive, channel, disposition, kind, verdict
ORDER BY reports DESC, directive, disposition
