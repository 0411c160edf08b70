-- The batches that have sightings within the range: how many there are of each, and when they were received.
-- Parameters: site (empty: all), from, to (milliseconds since 1970)
-- Range: 10 min
-- For: `cspwatch export`, every five seconds
SELECT batch_id, count() AS sightings, min(received_at) AS first, max(received_at) AS last
FROM sightings
WHERE received_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND received_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
  AND ({site:String} = '' OR site = {site:String})
GROUP BY batch_id
ORDER BY first, batch_id
