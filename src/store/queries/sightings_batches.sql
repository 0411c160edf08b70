-- The batches that have sightings and were not sent by a collector: what they are called.
-- Parameters: since (milliseconds since 1970), collector (how its batches begin)
-- Range: 2 min
-- For: the peers, every two seconds
SELECT DISTINCT batch_id
FROM sightings
WHERE received_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC') AND NOT startsWith(batch_id, {collector:String})
