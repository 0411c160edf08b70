-- Alerts as marks on a timeline. What several collectors raised within an hour is one. Grafana shows the text of a mark as
-- HTML, so no tag may be in it.
-- Parameters: site, destination (empty: all), from, to (milliseconds since 1970)
-- Range: 24 h
-- For: dashboards Overview, Site and Incident
SELECT min(a.told_at) AS time, concat(a.severity, ': ', replaceAll(a.alert, '_', ' ')) AS title,
    replaceRegexpAll(concat(toString(a.site), if(a.page_group = '', '', concat(' / ', toString(a.page_group))),
        if(a.destination = '', '', concat(', ', replaceAll(a.destination, '.', '[.]')))), '[<>&]', '?') AS text
FROM alerts AS a
WHERE a.told_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND a.told_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
  AND ({site:String} = '' OR site = {site:String})
  AND ({destination:String} = '' OR a.destination = {destination:String} OR has(a.destinations, {destination:String}))
GROUP BY a.site, a.page_group, a.alert, a.destination, a.severity, toStartOfHour(a.told_at)
ORDER BY time, title, text
LIMIT 500
