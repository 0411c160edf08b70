-- The alerts about a destination, the newest first: how severe, why, and what they rested on. What several collectors raised
-- within an hour is one.
-- Parameters: destination, site (empty: all), limit
-- Range: all
-- For: dashboard Incident, `cspwatch incident`
SELECT min(a.told_at) AS raised, a.severity AS severity, toString(a.site) AS site, toString(a.page_group) AS page_group,
    toString(a.alert) AS alert, argMin(a.score, a.told_at) AS score, max(a.clients) AS visitors,
    arrayStringConcat(argMin(a.reasons, a.told_at), '; ') AS why
FROM alerts AS a
WHERE (a.destination = {destination:String} OR has(a.destinations, {destination:String})) AND ({site:String} = '' OR site = {site:String})
GROUP BY a.site, a.page_group, a.alert, a.severity, toStartOfHour(a.told_at)
ORDER BY raised DESC, site, page_group, alert
LIMIT {limit:UInt64}
