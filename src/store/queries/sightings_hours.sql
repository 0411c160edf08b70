-- The hours in which sightings were received, and how many.
-- Parameters: from, to (milliseconds since 1970)
-- Range: 7 d
-- For: the peers, when a collector starts
SELECT toDateTime64(toStartOfHour(s.received_at), 3, 'UTC') AS hour, count() AS sightings
FROM sightings AS s
WHERE s.received_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND s.received_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
GROUP BY hour
ORDER BY hour
