-- Reports over a quota, which are counted and stored nowhere.
-- Parameters: site (empty: all), from, to (milliseconds since 1970), step (seconds)
-- Range: 24 h
-- For: dashboard Pipeline
SELECT toStartOfInterval(minute, toIntervalSecond({step:UInt32})) AS time, concat(toString(site), ', ', toString(kind)) AS reports, sum(count) AS Value
FROM limited
WHERE received_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND received_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
  AND ({site:String} = '' OR site = {site:String})
GROUP BY time, reports
ORDER BY time, reports
