-- Reports by verdict and day, and so the share of noise.
-- Parameters: site, page_group (empty: all), from, to (milliseconds since 1970)
-- Range: 30 d
-- For: dashboards Overview and Site
SELECT day AS time, verdict, sum(count) AS reports
FROM reports_by_day
WHERE dimension = 'kind' AND day >= toDate(fromUnixTimestamp64Milli({from:Int64}, 'UTC')) AND day <= toDate(fromUnixTimestamp64Milli({to:Int64}, 'UTC'))
  AND ({site:String} = '' OR site = {site:String}) AND ({page_group:String} = '' OR page_group = {page_group:String})
GROUP BY time, verdict
ORDER BY time, verdict
