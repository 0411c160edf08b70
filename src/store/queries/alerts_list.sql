-- The alerts that were raised, the latest first; collectors raise the same, each by itself.
-- Parameters: site (empty: all), about (`site`: only those about no single destination, and none of drills; empty: all), since (milliseconds since 1970), limit, offset
-- Range: 7 d
-- For: the console, its API
SELECT min(a.told_at) AS at, toString(a.site) AS site, toString(a.page_group) AS page_group, toString(a.alert) AS alert,
       a.destination AS destination, toString(a.severity) AS severity, argMin(a.reasons, a.told_at) AS reasons,
       argMin(a.destinations, a.told_at) AS destinations, max(a.reports) AS reports, max(a.clients) AS clients,
       max(a.told_at) AS last_at
FROM alerts AS a
WHERE a.told_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
  AND ({about:String} != 'site' OR (a.alert != 'drill' AND (a.destination = '' OR a.alert NOT IN ('unknown_destination', 'card_data_in_url'))))
  AND ({site:String} = '' OR a.site = {site:String})
GROUP BY site, page_group, alert, destination, severity, toStartOfHour(a.told_at)
ORDER BY at DESC, site, page_group, alert, destination, severity
LIMIT {limit:UInt64} OFFSET {offset:UInt64}
