-- Whether a row of `reports` is stored.
-- Parameters: from, to (milliseconds since 1970), fingerprint, batch_id
-- Range: minutes; more where a wrong clock recorded the segment
-- For: the sink, for what was refused before
SELECT count()
FROM reports
WHERE received_at BETWEEN fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND fromUnixTimestamp64Milli({to:Int64}, 'UTC')
  AND fingerprint = {fingerprint:UInt128} AND batch_id = {batch_id:String}
