-- The periods in which a destination was active: between two lie more than `gap` seconds without a sighting.
-- Parameters: destination, site (empty: all), gap (seconds, at least 60)
-- Range: all
-- For: dashboard Incident, `cspwatch incident`
SELECT min(first) AS period_from, max(last) AS period_to, sum(seen) AS reports, uniqMerge(who) AS clients
FROM
(
    SELECT *, sum(is_new) OVER (ORDER BY minute) AS period
    FROM
    (
        SELECT *, first > lagInFrame(last) OVER (ORDER BY minute) + toIntervalSecond({gap:UInt32}) AS is_new
        FROM
        (
            SELECT toStartOfMinute(seen_at) AS minute, min(seen_at) AS first, max(seen_at) AS last, count() AS seen, uniqState(client) AS who
            FROM sightings
            WHERE destination = {destination:String} AND ({site:String} = '' OR site = {site:String})
            GROUP BY minute
        )
    )
)
GROUP BY period
ORDER BY period_from
