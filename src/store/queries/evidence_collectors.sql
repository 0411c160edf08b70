-- Which collectors were at work on each day, in how many of its hours, and by which rules.
-- Parameters: from, to (milliseconds since 1970)
-- Range: 90 d
-- For: `cspwatch evidence`
SELECT toDate(c.hour) AS day, c.collector AS collector, toString(c.version) AS version, toString(c.rules) AS rules, uniqExact(c.hour) AS hours
FROM collectors AS c
WHERE c.hour >= toStartOfHour(fromUnixTimestamp64Milli({from:Int64}, 'UTC')) AND c.hour < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
GROUP BY day, collector, version, rules
ORDER BY day, collector, version, rules
