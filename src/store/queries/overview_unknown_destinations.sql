-- Unknown destinations that were seen lately, the latest first, with all that is known of them and what was decided.
-- How severe they are only the collector knows: cspwatch_unknown_destination_last_seen_timestamp_seconds.
-- Parameters: site (empty: all), from (milliseconds since 1970), limit
-- Range: 24 h
-- For: dashboard Overview
SELECT seen.*, decision, `by`
FROM
(
    SELECT
        toString(site) AS site,
        toString(page_group) AS page_group,
        destination,
        min(d.first_seen) AS first_seen,
        max(d.last_seen) AS last_seen,
        sum(d.reports) AS reports,
        uniqMerge(d.clients) AS clients,
        length(groupUniqArrayArray(d.active_days)) AS active_days,
        arraySort(groupUniqArray(toString(channel))) AS channels
    FROM destinations AS d
    WHERE (site, page_group, destination) IN (
        SELECT site, page_group, destination
        FROM sightings
        WHERE received_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND destination != ''
          AND ({site:String} = '' OR site = {site:String})
        GROUP BY site, page_group, destination
        ORDER BY max(seen_at) DESC
        LIMIT {limit:UInt64})
    GROUP BY site, page_group, destination
) AS seen
LEFT JOIN
(
    SELECT toString(n.site) AS site, n.destination AS destination, toString(n.decision) AS decision, n.by AS `by`
    FROM decisions AS n
    ORDER BY n.decided_at DESC
    LIMIT 1 BY n.site, n.destination
) AS decided USING (site, destination)
ORDER BY last_seen DESC, site, page_group, destination
