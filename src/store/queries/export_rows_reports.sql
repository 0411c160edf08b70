-- The reports that were received within the range, as they are stored. Parquet has no whole numbers of 128 bits.
-- Parameters: site (empty: all), from, to (milliseconds since 1970)
-- Range: batch
-- For: `cspwatch export --format csv|parquet`
SELECT * REPLACE (toString(fingerprint) AS fingerprint)
FROM reports
WHERE received_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND received_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
  AND ({site:String} = '' OR site = {site:String})
ORDER BY site, page_group, verdict, destination, received_at, batch_id, fingerprint
