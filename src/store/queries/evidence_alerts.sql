-- The alerts that were raised about a site within the range, in the order of time, without those of drills. Collectors raise the
-- same, each by itself.
-- Parameters: site, page_group (empty: all), from, to (milliseconds since 1970)
-- Range: 90 d
-- For: `cspwatch evidence`
SELECT min(a.told_at) AS told_at, toString(a.page_group) AS page_group, toString(a.alert) AS alert, a.destination AS destination,
       toString(a.severity) AS severity, argMin(a.reasons, a.told_at) AS reasons, uniqExact(a.collector) AS collectors
FROM alerts AS a
WHERE a.site = {site:String} AND a.alert != 'drill' AND ({page_group:String} = '' OR a.page_group IN ('', {page_group:String}))
  AND a.told_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND a.told_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
GROUP BY page_group, alert, destination, severity, toStartOfHour(a.told_at)
ORDER BY told_at, page_group, alert, destination, severity
