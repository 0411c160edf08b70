-- What other processes stored under a collector's id since a time: the highest number of a segment, and when the latest row of
-- it was received.
-- Parameters: from (milliseconds since 1970), collector (what the batches' ids begin with), start (eight hex digits of the process
-- that asks)
-- Range: minutes; days, where a collector has just started and finds nothing
-- For: collectors, which say that an old copy of their journal was put back, or that two use one id
SELECT
    max(toUInt64OrZero(substring(batch_id, 18, 10))) AS number,
    max(received_at) AS received
FROM reports
WHERE received_at > fromUnixTimestamp64Milli({from:Int64}, 'UTC')
  AND startsWith(batch_id, {collector:String})
  AND substring(batch_id, 29, 8) != {start:String}
