-- The sightings that were received within the range, as they are stored. Spreadsheets round whole numbers of 64 bits.
-- Parameters: site (empty: all), from, to (milliseconds since 1970)
-- Range: batch
-- For: `cspwatch export --format csv|parquet`
SELECT * REPLACE (toString(client) AS client, toString(fingerprint) AS fingerprint)
FROM sightings
WHERE received_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND received_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
  AND ({site:String} = '' OR site = {site:String})
ORDER BY site, destination, page_group, seen_at, batch_id, fingerprint, client, tag
