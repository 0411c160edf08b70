-- Reports over a quota, which are counted and stored nowhere.
-- Parameters: site (empty: all), from, to (milliseconds since 1970), step (seconds)
-- Range: 24 h
-- For: dashboard Pipeline
SELECT toStartOfInterval(minute, toIntervalSecond({step:UInt32})) AS time, toString(site) AS site, toString(kind) AS kind, sum(count) AS reports
FROM limited
WHERE received_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND received_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
  AND ({site:String} = '' OR site = {site:String})
GROUP BY time, site, kind
ORDER BY time, site, kind
