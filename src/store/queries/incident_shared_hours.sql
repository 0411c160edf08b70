-- In how many hours other destinations were active together with a destination, and in how many others, from a day before
-- its first report to a day after its last. Its own row has the number of its hours.
-- Parameters: destination, sites, destinations (the others), from, to (its first and last report; milliseconds since 1970)
-- Range: all
-- For: `cspwatch incident`
WITH its_hours AS
(
    SELECT toStartOfHour(seen_at) AS hour
    FROM sightings
    WHERE site IN {sites:Array(String)} AND destination = {destination:String}
)
SELECT destination, countIf(hour GLOBAL IN its_hours AS is_shared) AS shared, countIf(NOT is_shared) AS others
FROM
(
    SELECT DISTINCT destination, toStartOfHour(seen_at) AS hour
    FROM sightings
    WHERE site IN {sites:Array(String)} AND (destination IN {destinations:Array(String)} OR destination = {destination:String})
      AND seen_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') - toIntervalDay(1)
      AND seen_at <= fromUnixTimestamp64Milli({to:Int64}, 'UTC') + toIntervalDay(1)
)
GROUP BY destination
ORDER BY destination
