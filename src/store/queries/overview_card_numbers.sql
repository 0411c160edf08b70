-- How many reports of a day had a card number in a URL. Those of what is expected are in order, and do not count, as in
-- cspwatch_pan_in_url_total. No rollup has it; of `reports` this reads three narrow columns of two partitions.
-- Parameters: site (empty: all), to (milliseconds since 1970)
-- Range: 24 h
-- For: dashboard Overview
SELECT sum(count) AS reports
FROM reports
WHERE received_at >= fromUnixTimestamp64Milli({to:Int64}, 'UTC') - INTERVAL 1 DAY AND received_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
  AND pan_in_url AND verdict != 'known'
  AND ({site:String} = '' OR site = {site:String})
