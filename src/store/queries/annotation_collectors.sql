-- Collectors that began to work, or began to work with another version or other rules, as marks on a timeline.
-- Parameters: from, to (milliseconds since 1970)
-- Range: 24 h
-- For: all dashboards
SELECT min(c.first_seen) AS time, concat('a collector with version ', c.version) AS title,
    concat(c.collector, ', rules ', substring(c.rules, 1, 12)) AS text
FROM collectors AS c
GROUP BY c.collector, c.version, c.rules
HAVING time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND time < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
ORDER BY time, title, text
LIMIT 500
