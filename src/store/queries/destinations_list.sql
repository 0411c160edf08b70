-- The destinations that were seen last, the latest first, with what was decided about them. The engines and dispositions
-- are those of `violations_by_day`; what people decided about a destination without having seen it has no row.
-- Parameters: site (empty: all), limit
-- Range: all
-- For: `cspwatch destinations list`
WITH
(
    SELECT groupArray((site, page_group, destination))
    FROM
    (
        SELECT site, page_group, destination
        FROM destinations
        WHERE {site:String} = '' OR site = {site:String}
        GROUP BY site, page_group, destination
        ORDER BY max(last_seen) DESC
        LIMIT {limit:UInt64}
    )
) AS latest
SELECT seen.site AS site, seen.page_group AS page_group, seen.destination AS destination, first_seen, last_seen, reports, clients, active_days,
       channels, engines, dispositions, decision, `by`, why, until
FROM
(
    SELECT toString(d.site) AS site, toString(d.page_group) AS page_group, d.destination AS destination,
           min(d.first_seen) AS first_seen, max(d.last_seen) AS last_seen, sum(d.reports) AS reports,
           uniqMerge(d.clients) AS clients, length(groupUniqArrayArray(d.active_days)) AS active_days,
           arraySort(groupUniqArray(toString(d.channel))) AS channels
    FROM destinations AS d
    WHERE (d.site, d.page_group, d.destination) IN (SELECT arrayJoin(latest))
    GROUP BY d.site, d.page_group, d.destination
) AS seen
LEFT JOIN
(
    -- Grouped as the projection `engines` is, so that it is read and not the table.
    SELECT toString(r.site) AS site, toString(r.page_group) AS page_group, r.destination AS destination,
           arraySort(groupUniqArray(toString(r.engine))) AS engines,
           arraySort(groupUniqArray(toString(r.disposition))) AS dispositions
    FROM
    (
        SELECT v.site, v.page_group, v.destination, v.engine, v.disposition
        FROM violations_by_day AS v
        WHERE (v.site, v.page_group, v.destination) IN (SELECT arrayJoin(latest))
        GROUP BY v.site, v.page_group, v.destination, v.engine, v.disposition
    ) AS r
    GROUP BY r.site, r.page_group, r.destination
) AS told USING (site, page_group, destination)
LEFT JOIN
(
    SELECT toString(n.site) AS site, n.destination AS destination, toString(n.decision) AS decision,
           n.by AS `by`, n.why AS why, n.until AS until
    FROM decisions AS n
    ORDER BY n.decided_at DESC LIMIT 1 BY n.site, n.destination
) AS decided USING (site, destination)
ORDER BY last_seen DESC, site, page_group, destination
