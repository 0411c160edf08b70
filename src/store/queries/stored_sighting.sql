-- Whether a row of `sightings` is stored.
-- Parameters: received_at (milliseconds since 1970), fingerprint, batch_id
-- Range: all
-- For: the sink, for what was refused before
SELECT count()
FROM sightings
WHERE received_at = fromUnixTimestamp64Milli({received_at:Int64}, 'UTC') AND fingerprint = {fingerprint:UInt128}
  AND batch_id = {batch_id:String}
