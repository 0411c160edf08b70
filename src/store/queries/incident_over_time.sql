-- A destination's sightings over time. Each step has a row, so that a single one is drawn as wide as it is.
-- Parameters: destination, site (empty: all), from, to (milliseconds since 1970), step (seconds, at least 60)
-- Range: 30 d
-- For: dashboard Incident
SELECT toDateTime(toUInt32(at), 'UTC') AS time, sum(n) AS reports, uniqMerge(who) AS visitors
FROM
(
    SELECT toUInt64(intDiv({from:Int64}, 1000 * {step:UInt32}) * {step:UInt32} + number * {step:UInt32}) AS at, 0 AS n, uniqStateIf(toUInt64(0), false) AS who
    FROM numbers(toUInt64(intDiv({to:Int64} - 1, 1000 * {step:UInt32}) - intDiv({from:Int64}, 1000 * {step:UInt32}) + 1))
    GROUP BY at
    UNION ALL
    SELECT toUInt64(intDiv(toUnixTimestamp(seen_at), {step:UInt32}) * {step:UInt32}) AS at, count() AS n, uniqState(client) AS who
    FROM sightings
    WHERE destination = {destination:String} AND ({site:String} = '' OR site = {site:String})
      AND seen_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND seen_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
    GROUP BY at
)
GROUP BY at
ORDER BY at
