-- How many reports of a day say that a script had no integrity metadata, or did not match it.
-- Parameters: site (empty: all), to (milliseconds since 1970)
-- Range: 24 h
-- For: dashboard Overview
SELECT sum(count) AS reports
FROM reports_by_minute
WHERE minute >= toStartOfMinute(fromUnixTimestamp64Milli({to:Int64}, 'UTC') - INTERVAL 1 DAY) AND minute < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
  AND kind IN ('integrity', 'sri_failure')
  AND ({site:String} = '' OR site = {site:String})
