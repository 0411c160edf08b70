-- How many batches have reports that were received since then, up to a number that is enough to know.
-- Parameters: from (milliseconds since 1970), enough
-- Range: all
-- For: the sink, for segments that an earlier process left
SELECT count()
FROM
(
    SELECT DISTINCT batch_id
    FROM reports
    WHERE received_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
    LIMIT {enough:UInt64}
)
