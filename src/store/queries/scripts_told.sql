-- How many hashes of scripts browsers reported, by the day.
-- Parameters: site (empty: all), page_group (empty: all), from, to (milliseconds since 1970)
-- Range: 30 d
-- For: dashboard Scripts
SELECT toDateTime(day, 'UTC') AS time, toString(site) AS site, sum(count) AS Value
FROM reports_by_day
WHERE dimension = 'kind' AND value = 'csp_hash'
  AND day >= toDate(fromUnixTimestamp64Milli({from:Int64}, 'UTC')) AND day <= toDate(fromUnixTimestamp64Milli({to:Int64}, 'UTC'))
  AND ({site:String} = '' OR site = {site:String}) AND ({page_group:String} = '' OR page_group = {page_group:String})
GROUP BY time, site
ORDER BY time, site
