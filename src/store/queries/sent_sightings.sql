-- How many sightings are stored of a segment's file, received in this time: the most that one batch has, and
-- whether that of this id is among them.
-- Parameters: from, to (milliseconds since 1970), batch_id (what the batches' ids begin with), own
-- Range: minutes; more where a wrong clock recorded the segment
-- For: the sink, for segments that an earlier process left
SELECT max(stored) AS most, countIf(batch_id = {own:String}) AS of_own, min(first) AS received
FROM
(
    SELECT batch_id, count() AS stored, min(received_at) AS first
    FROM sightings
    WHERE received_at BETWEEN fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND fromUnixTimestamp64Milli({to:Int64}, 'UTC')
      AND startsWith(batch_id, {batch_id:String})
    GROUP BY batch_id
)
