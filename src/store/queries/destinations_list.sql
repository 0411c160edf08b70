-- The unknown destinations that were seen last, the latest first, with how severe the newest alert about each is, and with what
-- was decided about them. A decision settles one while it is in force (`approve`, `ignore`), or if no alert came after it
-- (`forget`). Limited approvals settle it where nothing was reported within a month that is not within them. The engines and
-- dispositions are those of `violations_by_day`; what people decided about a destination without having seen it has no row.
-- Parameters: site (empty: all), to (milliseconds since 1970; decisions in force then), limit
-- Range: all
-- For: `cspwatch destinations list`
WITH (
    -- The limited approvals in force, the newest of each extent, unless a decision for everywhere came later.
    SELECT groupArray((site, destination, directive, page_group))
    FROM
    (
        SELECT toString(n.site) AS site, n.destination AS destination, toString(n.directive) AS directive,
               toString(n.page_group) AS page_group, n.decision AS decision, n.until AS until, n.decided_at AS decided_at,
               maxIf(n.decided_at, n.directive = '' AND n.page_group = '') OVER (PARTITION BY n.site, n.destination) AS everywhere_at
        FROM decisions AS n
        ORDER BY n.decided_at DESC LIMIT 1 BY n.site, n.destination, n.directive, n.page_group
    ) AS newest
    WHERE decision = 'approve_within' AND decided_at > everywhere_at
      AND (until IS NULL OR until > greatest(decided_at, fromUnixTimestamp64Milli({to:Int64}, 'UTC')))
) AS extents,
(
    -- Where everything that was reported since that day is within these approvals. `script-src` is about `script-src-elem`, too.
    SELECT groupArray((site, page_group, destination))
    FROM
    (
        SELECT site, page_group, destination
        FROM
        (
            SELECT s.site AS site, s.page_group AS page_group, s.destination AS destination, s.directive AS directive,
                   max((e.page_group = '' OR e.page_group = s.page_group)
                       AND (e.directive = '' OR e.directive = s.directive
                           OR e.directive = replaceRegexpOne(s.directive, '-(elem|attr)', ''))) AS is_within
            FROM
            (
                SELECT toString(t.site) AS site, toString(t.page_group) AS page_group, t.destination AS destination,
                       toString(t.directive) AS directive
                FROM violations_by_day AS t
                WHERE notEmpty(extents) AND (t.site, t.destination) IN (SELECT x.1, x.2 FROM (SELECT arrayJoin(extents) AS x))
                  AND t.day >= toDate(fromUnixTimestamp64Milli({to:Int64}, 'UTC') - toIntervalDay(30))
                GROUP BY site, page_group, destination, directive
            ) AS s
            INNER JOIN
            (
                SELECT x.1 AS site, x.2 AS destination, x.3 AS directive, x.4 AS page_group FROM (SELECT arrayJoin(extents) AS x)
            ) AS e ON e.site = s.site AND e.destination = s.destination
            GROUP BY site, page_group, destination, directive
        ) AS reported
        GROUP BY site, page_group, destination
        HAVING min(is_within) = 1
        UNION ALL
        SELECT x.1 AS site, x.4 AS page_group, x.2 AS destination FROM (SELECT arrayJoin(extents) AS x) WHERE x.3 = ''
    ) AS ended
) AS covered,
(decision IN ('approve', 'ignore') AND directive = '' AND `within` = ''
    AND (until IS NULL OR until > fromUnixTimestamp64Milli({to:Int64}, 'UTC')))
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
       channels, engines, dispositions,
       if(is_settled OR (site, page_group, destination) IN (SELECT arrayJoin(covered)), '', severity) AS severity,
       decision, directive, `within`, decided_at, `by`, why, until
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
           if(ifNull(n.until <= n.decided_at, false), '', replaceOne(toString(n.decision), '_within', '')) AS decision,
           toString(n.directive) AS directive, toString(n.page_group) AS `within`,
           n.decided_at AS decided_at, n.by AS `by`, n.why AS why, n.until AS until
    FROM decisions AS n
    ORDER BY n.decided_at DESC LIMIT 1 BY n.site, n.destination
) AS decided USING (site, destination)
ORDER BY last_seen DESC, site, page_group, destination
