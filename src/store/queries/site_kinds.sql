-- Which kinds of reports there are.
-- Parameters: site, page_group (empty: all), from, to (milliseconds since 1970)
-- Range: 7 d
-- For: dashboard Site
SELECT value AS kind, toString(verdict) AS verdict, sum(count) AS reports
FROM reports_by_day
WHERE dimension = 'kind' AND day >= toDate(fromUnixTimestamp64Milli({from:Int64}, 'UTC')) AND day <= toDate(fromUnixTimestamp64Milli({to:Int64}, 'UTC'))
  AND ({site:String} = '' OR site = {site:String}) AND ({page_group:String} = '' OR page_group = {page_group:String})
GROUP BY value, verdict
ORDER BY reports DESC, kind, verdict
