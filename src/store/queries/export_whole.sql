-- Which of some batches are whole: `reports` are inserted last.
-- Parameters: batches, from, to (milliseconds since 1970)
-- Range: batch
-- For: `cspwatch export`
SELECT DISTINCT batch_id
FROM reports
WHERE received_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND received_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
  AND batch_id IN {batches:Array(String)}
ORDER BY batch_id
