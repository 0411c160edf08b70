-- The collectors that were at work lately, and until when.
-- Parameters: since (milliseconds since 1970)
-- Range: 7 d
-- For: the console
SELECT c.collector AS collector, argMax(toString(c.version), c.last_seen) AS version,
       argMax(toString(c.rules), c.last_seen) AS rules, min(c.first_seen) AS first_seen, max(c.last_seen) AS last_seen
FROM collectors AS c
WHERE c.hour >= toStartOfHour(fromUnixTimestamp64Milli({since:Int64}, 'UTC'))
GROUP BY collector
ORDER BY last_seen DESC, collector
