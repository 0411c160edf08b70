-- Releases of sites as marks on a timeline. Grafana shows the text of a mark as HTML, so no tag may be in it.
-- Parameters: site (empty: all), from, to (milliseconds since 1970)
-- Range: 24 h
-- For: dashboards Overview, Site, Incident and Scripts
SELECT at AS time, replaceRegexpAll(concat('release ', version), '[<>&]', '?') AS title,
    replaceRegexpAll(concat(toString(site), if(environment = '', '', concat(', ', toString(environment))), ', by ', `by`), '[<>&]', '?') AS text
FROM releases
WHERE at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
  AND ({site:String} = '' OR site = {site:String})
ORDER BY time, title, text
LIMIT 500
