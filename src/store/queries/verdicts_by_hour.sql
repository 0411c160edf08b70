-- Reports by verdict and hour.
-- Parameters: site, page_group (empty: all), from, to (milliseconds since 1970)
-- Range: 24 h
-- For: dashboards Overview and Site
SELECT hour AS time, verdict, sum(count) AS reports
FROM reports_by_hour
WHERE dimension = 'kind' AND hour >= toStartOfHour(fromUnixTimestamp64Milli({from:Int64}, 'UTC')) AND hour < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
  AND ({site:String} = '' OR site = {site:String}) AND ({page_group:String} = '' OR page_group = {page_group:String})
GROUP BY time, verdict
ORDER BY time, verdict
