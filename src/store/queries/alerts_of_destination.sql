-- The alerts about a destination, the latest first: what each rested on.
-- Parameters: site, destination, limit
-- Range: all
-- For: the console, its API
SELECT min(a.told_at) AS at, toString(a.site) AS site, toString(a.page_group) AS page_group, toString(a.alert) AS alert,
       a.destination AS destination, toString(a.severity) AS severity, argMin(a.reasons, a.told_at) AS reasons,
       argMin(a.destinations, a.told_at) AS destinations, max(a.reports) AS reports, max(a.clients) AS clients,
       max(a.told_at) AS last_at
FROM alerts AS a
WHERE a.site = {site:String} AND (a.destination = {destination:String} OR has(a.destinations, {destination:String}))
GROUP BY site, page_group, alert, destination, severity, toStartOfHour(a.told_at)
ORDER BY at DESC, page_group, alert, destination, severity
LIMIT {limit:UInt64}
