-- The alerts that collectors told within the range, as they are stored.
-- Parameters: site (empty: all), from, to (milliseconds since 1970)
-- Range: batch
-- For: `cspwatch export --format csv|parquet`
SELECT *
FROM alerts FINAL
WHERE told_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND told_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
  AND ({site:String} = '' OR site = {site:String})
ORDER BY told_at, site, page_group, alert, destination, severity, collector
