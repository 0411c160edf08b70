-- The unknown destinations that were seen last, the latest first, with how severe the newest alert about each is, and with what
-- was decided about them. A decision settles one while it is in force (`approve`, `ignore`), or if no alert came after it
-- (`forget`). The engines and dispositions are those of `violations_by_day`; what people decided about a destination without
-- having seen it has no row.
-- Parameters: site (empty: all), to (milliseconds since 1970; decisions in force then), limit
-- Range: all
-- For: `cspwatch destinations list`
WITH
(decision IN ('approve', 'ignore') AND (until IS NULL OR until > fromUnixTimestamp64Milli({to:Int64}, 'UTC')))
    OR (decision = 'forget' AND decided_at >= raised_at) AS is_settled,
(
    SELECT groupArray((site, page_group, destination))
    FROM
    (
        SELECT site, page_group, destination
        FROM destinations
        WHERE {site:String} = '' OR site = {site:String}
        GROUP BY site, page_group, destination
        -- Files that failed their integrity check are in the table as well, whoever they belong to.
        HAVING hasAny(groupUniqArrayArray(verdicts), ['unknown', 'impossible'])
        ORDER BY max(last_seen) DESC
        LIMIT {limit:UInt64}
    )
) AS latest
SELECT seen.site AS site, seen.page_group AS page_group, seen.destination AS destination, first_seen, last_seen, reports, clients, active_days,
       channels, engines, dispositions, if(is_settled, '', severity) AS severity, decision, decided_at, `by`, why, until
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
    -- Every destination of a finding has the finding's severity.
    SELECT site, page_group, destination, max(told_at) AS raised_at, argMax(alerts.severity, told_at) AS severity
    FROM
    (
        SELECT toString(a.site) AS site, toString(a.page_group) AS page_group, a.told_at AS told_at, toString(a.severity) AS severity,
               arrayJoin(if(empty(a.destinations), [a.destination], a.destinations)) AS destination
        FROM alerts AS a
        WHERE a.alert IN ('unknown_destination', 'card_data_in_url', 'threat_in_history')
          AND ({site:String} = '' OR a.site = {site:String})
    ) AS alerts
    WHERE (site, page_group, destination) IN (SELECT arrayJoin(latest))
    GROUP BY site, page_group, destination
) AS raised USING (site, page_group, destination)
LEFT JOIN
(
    SELECT toString(n.site) AS site, n.destination AS destination,
           -- One that ended when it was made marks what was undone: nothing is in force.
           if(ifNull(n.until <= n.decided_at, false), '', toString(n.decision)) AS decision,
           n.decided_at AS decided_at, n.by AS `by`, n.why AS why, n.until AS until
    FROM decisions AS n
    ORDER BY n.decided_at DESC LIMIT 1 BY n.site, n.destination
) AS decided USING (site, destination)
ORDER BY last_seen DESC, site, page_group, destination
