-- Whether a row of `limited` is stored.
-- Parameters: from, to (milliseconds since 1970), site, kind, batch_id
-- Range: minutes; more where a wrong clock recorded the segment
-- For: the sink, for what was refused before
SELECT count()
FROM limited
WHERE minute BETWEEN toStartOfMinute(fromUnixTimestamp64Milli({from:Int64}, 'UTC')) AND fromUnixTimestamp64Milli({to:Int64}, 'UTC')
  AND site = {site:String} AND kind = {kind:String} AND batch_id = {batch_id:String}
