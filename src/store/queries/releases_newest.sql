-- The releases since a time, the latest first, at most ten of a site.
-- Parameters: from (milliseconds since 1970)
-- Range: 24 h
-- For: the peers
SELECT toString(site) AS site, version, toString(environment) AS environment, at, `by`
FROM releases
WHERE at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
ORDER BY at DESC, site, version
LIMIT 10 BY site
LIMIT 1000
