-- The destinations with most reports of a verdict; * stands for the rest, where there were too many.
-- Parameters: site, verdict, from, to (milliseconds since 1970), limit
-- Range: 7 d
-- For: dashboard Site
SELECT toString(site) AS site, value AS destination, sum(count) AS reports, toDateTime(max(day), 'UTC') AS last_day
FROM reports_by_day
WHERE dimension = 'destination' AND day >= toDate(fromUnixTimestamp64Milli({from:Int64}, 'UTC')) AND day <= toDate(fromUnixTimestamp64Milli({to:Int64}, 'UTC'))
  AND site = {site:String} AND verdict = {verdict:String} AND value != ''
GROUP BY site, destination
ORDER BY reports DESC, site, destination
LIMIT {limit:UInt64}
