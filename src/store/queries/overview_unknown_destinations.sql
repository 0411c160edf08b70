-- Unknown destinations that were seen lately, the latest first: how many reports and clients since then, since when and on
-- how many days ever, and what was decided. How severe they are only the collector knows, see
-- cspwatch_unknown_destination_last_seen_timestamp_seconds.
-- Parameters: site (empty: all), from (milliseconds since 1970), limit
-- Range: 24 h
-- For: dashboard Overview
WITH latest AS
(
    SELECT site, page_group, destination, max(seen_at) AS last_seen, count() AS reports, uniq(client) AS clients,
           arraySort(groupUniqArray(toString(channel))) AS channels
    FROM sightings
    WHERE received_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND destination != ''
      AND ({site:String} = '' OR site = {site:String})
    GROUP BY site, page_group, destination
    ORDER BY last_seen DESC, site, page_group, destination
    LIMIT {limit:UInt64}
)
SELECT toString(latest.site) AS site, toString(latest.page_group) AS page_group, latest.destination AS destination,
       first_seen, last_seen, reports, clients, active_days, channels, decision, `by`
FROM latest
LEFT JOIN
(
    SELECT site, page_group, destination, min(d.first_seen) AS first_seen, length(groupUniqArrayArray(d.active_days)) AS active_days
    FROM destinations AS d
    WHERE (site, page_group, destination) GLOBAL IN (SELECT site, page_group, destination FROM latest)
    GROUP BY site, page_group, destination
) AS ever USING (site, page_group, destination)
LEFT JOIN
(
    SELECT n.site AS site, n.destination AS destination, toString(n.decision) AS decision, n.by AS `by`
    FROM decisions AS n
    ORDER BY n.decided_at DESC
    LIMIT 1 BY n.site, n.destination
) AS decided USING (site, destination)
ORDER BY last_seen DESC, site, page_group, destination
