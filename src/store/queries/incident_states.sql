-- What each page group of a destination's sites did over time: 2 where it reported the destination, 1 where it reported
-- other things, 0 where it reported nothing, and no sighting means nothing. What the client script counts does not
-- count: it goes on where somebody removes the policy.
-- Parameters: destination, site (empty: all), from, to (milliseconds since 1970), step (seconds, at least 3600)
-- Range: 30 d
-- For: dashboard Incident
WITH
    greatest({step:UInt32}, 3600) AS width,
    intDiv({from:Int64}, 1000 * width) * width AS start,
    its AS
    (
        SELECT DISTINCT site
        FROM destinations
        WHERE destination = {destination:String} AND ({site:String} = '' OR site = {site:String})
    ),
    -- Before a page group's first day there was nothing to be silent.
    known AS
    (
        SELECT site, page_group, toUnixTimestamp(toDateTime(min(day), 'UTC')) AS since
        FROM reports_by_day
        WHERE dimension = 'kind' AND value NOT IN ('census', 'inline_hash') AND site GLOBAL IN its
        GROUP BY site, page_group
    ),
    reported AS
    (
        SELECT site, page_group, toUInt64(intDiv(toUnixTimestamp(hour), width) * width) AS at
        FROM reports_by_hour
        WHERE dimension = 'kind' AND value NOT IN ('census', 'inline_hash') AND site GLOBAL IN its
          AND hour >= toDateTime(toUInt32(start), 'UTC') AND hour < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
        GROUP BY site, page_group, at
    ),
    sighted AS
    (
        SELECT site, page_group, toUInt64(intDiv(toUnixTimestamp(seen_at), width) * width) AS at
        FROM sightings
        WHERE destination = {destination:String} AND site GLOBAL IN its
          AND seen_at >= toDateTime(toUInt32(start), 'UTC') AND seen_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
        GROUP BY site, page_group, at
    )
SELECT toDateTime(toUInt32(at), 'UTC') AS time, concat(toString(site), ' / ', toString(page_group)) AS pages, max(state) AS Value
FROM
(
    -- The step that has only begun is left out: it is silent until it is over.
    SELECT site, page_group, arrayJoin(range(toUInt64(start), toUInt64(intDiv({to:Int64}, 1000 * width) * width), width)) AS at, 0 AS state
    FROM known
    WHERE at + width > since
    UNION ALL
    SELECT site, page_group, at, 1 AS state FROM reported
    UNION ALL
    SELECT site, page_group, at, 2 AS state FROM sighted
)
GROUP BY time, pages
ORDER BY time, pages
