-- The releases of sites between two times.
-- Parameters: sites, from, to (milliseconds since 1970), limit
-- Range: all
-- For: cspwatch incident
SELECT toString(site) AS site, version, toString(environment) AS environment, at, `by`
FROM releases
WHERE site IN {sites:Array(String)}
  AND at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND at <= fromUnixTimestamp64Milli({to:Int64}, 'UTC')
ORDER BY at, site, version
LIMIT {limit:UInt64}
