-- Which rules explain the noise.
-- Parameters: site (empty: all), from, to (milliseconds since 1970), limit
-- Range: 24 h
-- For: dashboards Overview and Pipeline
SELECT value AS reason, sum(count) AS reports, uniqExact(site) AS sites
FROM reports_by_hour
WHERE dimension = 'reason' AND hour >= toStartOfHour(fromUnixTimestamp64Milli({from:Int64}, 'UTC')) AND hour < fromUnixTimestamp64Milli({to:Int64}, 'UTC') AND verdict = 'noise'
  AND ({site:String} = '' OR site = {site:String})
GROUP BY reason
ORDER BY reports DESC, reason
LIMIT {limit:UInt64}
