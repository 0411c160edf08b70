-- The alerts that collectors told within the range, each once, in the order of time.
-- Parameters: site (empty: all), from, to (milliseconds since 1970)
-- Range: 10 min
-- For: `cspwatch export`, every five seconds
SELECT told_at, collector, toString(site) AS site, toString(page_group) AS page_group, toString(alert) AS alert, destination,
       toString(severity) AS severity, reports, clients, pages, reasons, score, destinations
FROM alerts
WHERE told_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND told_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
  AND ({site:String} = '' OR site = {site:String})
ORDER BY told_at, site, page_group, alert, destination, severity, collector
LIMIT 1 BY told_at, site, page_group, alert, destination, severity, collector
