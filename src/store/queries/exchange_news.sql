-- What is new for a collector: how many decisions there are, and the batches with sightings that others have sent since a time of
-- ClickHouse's clock. One query, because many collectors ask it every few seconds.
-- Parameters: since (milliseconds since 1970), collector (how its own batches begin), received_before (milliseconds since 1970)
-- Range: 10 s
-- For: the peers
SELECT assumeNotNull((SELECT count() FROM decisions)) AS decisions,
       assumeNotNull((SELECT count() FROM script_decisions)) AS script_decisions,
       now64(3, 'UTC') AS asked_at,
       arraySort(groupUniqArray(20000)((b.batch_id, b.first_received, b.last_received))) AS batches
FROM sighted_batches AS b
WHERE b.stored_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC') AND NOT startsWith(b.batch_id, {collector:String})
  AND b.first_received < fromUnixTimestamp64Milli({received_before:Int64}, 'UTC')
