-- Other destinations of the same sites that were seen from a day before a destination's first report to a day after its
-- last: the `limit` whose days are most like its own.
-- Drills are left out.
-- Parameters: destination, sites, from, to (its first and last report; milliseconds since 1970), limit
-- Range: all
-- For: `cspwatch incident`
WITH
    fromUnixTimestamp64Milli({from:Int64}, 'UTC') AS began,
    (
        SELECT groupUniqArrayArray(active_days)
        FROM destinations
        WHERE site IN {sites:Array(String)} AND destination = {destination:String}
    ) AS its_days,
    groupUniqArrayArray(d.active_days) AS days
SELECT d.destination AS destination, min(d.first_seen) AS first, max(d.last_seen) AS last, sum(d.reports) AS reports,
    arraySort(groupUniqArray(toString(d.page_group))) AS page_groups
FROM destinations AS d
WHERE d.site IN {sites:Array(String)} AND d.destination != {destination:String}
  AND d.destination GLOBAL NOT IN (SELECT destination FROM drills)
GROUP BY d.destination
HAVING last >= began - toIntervalDay(1) AND first <= fromUnixTimestamp64Milli({to:Int64}, 'UTC') + toIntervalDay(1)
ORDER BY length(arrayIntersect(days, its_days)) / length(arrayDistinct(arrayConcat(days, its_days))) DESC,
    abs(dateDiff('second', first, began)), destination
LIMIT {limit:UInt64}
