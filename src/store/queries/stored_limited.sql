-- Whether a row of `limited` is stored.
-- Parameters: minute (seconds since 1970), site, kind, batch_id
-- Range: all
-- For: the sink, for what was refused before
SELECT count()
FROM limited
WHERE minute = toDateTime({minute:UInt32}, 'UTC') AND site = {site:String} AND kind = {kind:String} AND batch_id = {batch_id:String}
