-- How many reports there were of some destinations in each hour: the small pictures beside them.
-- Parameters: sites, destinations (arrays), since (milliseconds since 1970)
-- Range: 7 d
-- For: the console
SELECT toString(site) AS site, destination, toStartOfHour(seen_at) AS hour, count() AS reports
FROM sightings
WHERE site IN {sites:Array(String)} AND destination IN {destinations:Array(String)}
  AND seen_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
GROUP BY site, destination, hour
ORDER BY site, destination, hour
