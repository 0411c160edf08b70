-- Reports of scripts that had no integrity metadata, or did not match it, by the day.
-- Parameters: site (empty: all), page_group (empty: all), from, to (milliseconds since 1970)
-- Range: 30 d
-- For: dashboard Scripts
SELECT toDateTime(reports_by_day.day, 'UTC') AS day, toString(site) AS site, toString(page_group) AS page_group, value AS kind, toString(verdict) AS verdict, sum(count) AS reports
FROM reports_by_day
WHERE dimension = 'kind' AND value IN ('integrity', 'sri_failure')
  AND day >= toDate(fromUnixTimestamp64Milli({from:Int64}, 'UTC')) AND day <= toDate(fromUnixTimestamp64Milli({to:Int64}, 'UTC'))
  AND ({site:String} = '' OR site = {site:String}) AND ({page_group:String} = '' OR page_group = {page_group:String})
GROUP BY reports_by_day.day, site, page_group, kind, verdict
ORDER BY day DESC, reports DESC, site, page_group, kind, verdict
