-- How often some violations were reported, in steps of time: the small pictures beside them.
-- Parameters: fingerprints (array), from, to (milliseconds since 1970), step (seconds)
-- Range: 24 h
-- For: the console
SELECT r.fingerprint AS fingerprint, toStartOfInterval(r.received_at, toIntervalSecond({step:UInt32}), 'UTC') AS time, sum(r.count) AS reports
FROM reports AS r
WHERE r.received_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND r.received_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
  AND r.fingerprint IN {fingerprints:Array(UInt128)}
GROUP BY fingerprint, time
ORDER BY fingerprint, time
