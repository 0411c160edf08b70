-- The periods in which a destination was active, page group by page group: `incident_periods` of each.
-- Parameters: destination, site (empty: all), gap (seconds, at least 60), limit
-- Range: all
-- For: `cspwatch incident --html`
SELECT toString(site) AS site, toString(page_group) AS page_group, min(first) AS period_from, max(last) AS period_to
FROM
(
    SELECT *, sum(is_new) OVER (PARTITION BY site, page_group ORDER BY minute) AS period
    FROM
    (
        SELECT *, first > lagInFrame(last) OVER (PARTITION BY site, page_group ORDER BY minute) + toIntervalSecond({gap:UInt32}) AS is_new
        FROM
        (
            SELECT site, page_group, toStartOfMinute(seen_at) AS minute, min(seen_at) AS first, max(seen_at) AS last
            FROM sightings
            WHERE destination = {destination:String} AND ({site:String} = '' OR site = {site:String})
            GROUP BY site, page_group, minute
        )
    )
)
GROUP BY site, page_group, period
ORDER BY site, page_group, period_from
LIMIT {limit:UInt64}
