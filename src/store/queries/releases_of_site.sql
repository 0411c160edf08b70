-- The releases of a site within a range, the latest first.
-- Parameters: site, from, to (milliseconds since 1970), limit
-- Range: 90 d
-- For: the console, its API
SELECT toString(site) AS site, version, toString(environment) AS environment, at, `by`
FROM releases
WHERE site = {site:String}
  AND at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
ORDER BY at DESC, version
LIMIT {limit:UInt64}
