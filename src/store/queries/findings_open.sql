-- The destinations that alerts are about and nobody has settled, the urgent ones with most evidence first: what the newest
-- alert says of each, what is known of it on all page groups, and the newest decision. A decision settles one while it is in
-- force (`approve`, `ignore`), or if no alert came after it (`forget`); `theft` settles nothing. Limited approvals settle a page
-- group where nothing was reported that is not within them. The list `undecided` leaves thefts out and has the oldest first.
-- Parameters: site (empty: all), since, to (milliseconds since 1970; alerts since then, decisions in force then), limit, offset, list
-- Range: 30 d
-- For: the console, its API, `cspwatch digest`
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
                  AND t.day >= toDate(fromUnixTimestamp64Milli({since:Int64}, 'UTC'))
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
open AS
(
    SELECT raised.site AS site, raised.destination AS destination, page_groups, alerts, is_page, first_alert, last_alert,
           score, reasons, destinations, decision, directive, page_group, `by`, why, decided_at, until, count() OVER () AS all,
           if({list:String} = 'undecided', toUnixTimestamp64Milli(first_alert), 0) AS place
    FROM
    (
        SELECT toString(a.site) AS site, a.destination AS destination,
               arraySort(groupUniqArray(toString(a.page_group))) AS page_groups,
               arraySort(groupUniqArray(toString(a.alert))) AS alerts,
               max(a.severity = 'page') AS is_page, min(a.told_at) AS first_alert, max(a.told_at) AS last_alert,
               argMax(tuple(a.score), a.told_at).1 AS score, argMax(a.reasons, a.told_at) AS reasons,
               argMax(a.destinations, a.told_at) AS destinations
        FROM alerts AS a
        WHERE a.told_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC') AND a.destination != ''
          AND a.alert IN ('unknown_destination', 'card_data_in_url')
          AND ({site:String} = '' OR a.site = {site:String})
          AND (toString(a.site), toString(a.page_group), a.destination) NOT IN (SELECT arrayJoin(covered))
        GROUP BY site, destination
    ) AS raised
    LEFT JOIN
    (
        SELECT toString(n.site) AS site, n.destination AS destination,
               -- One that ended when it was made marks what was undone: nothing is in force.
               if(ifNull(n.until <= n.decided_at, false), '', replaceOne(toString(n.decision), '_within', '')) AS decision,
               toString(n.directive) AS directive, toString(n.page_group) AS page_group, n.by AS `by`, n.why AS why,
               n.decided_at AS decided_at, n.until AS until
        FROM decisions AS n
        ORDER BY n.decided_at DESC LIMIT 1 BY n.site, n.destination
    ) AS decided USING (site, destination)
    WHERE NOT (decision IN ('approve', 'ignore') AND directive = '' AND page_group = ''
               AND (until IS NULL OR until > fromUnixTimestamp64Milli({to:Int64}, 'UTC')))
      AND NOT (decision = 'forget' AND decided_at >= last_alert)
      AND NOT (decision = 'theft' AND {list:String} = 'undecided')
    ORDER BY place, is_page DESC, ifNull(score, 0) DESC, last_alert DESC, site, destination
    LIMIT {limit:UInt64} OFFSET {offset:UInt64}
)
SELECT open.site AS site, open.destination AS destination, page_groups, alerts, is_page, first_alert, last_alert, score,
       reasons, destinations, first_seen, last_seen, reports, clients, channels, dispositions, decision, directive, page_group,
       `by`, why, decided_at, until, all
FROM open
LEFT JOIN
(
    SELECT toString(d.site) AS site, d.destination AS destination, min(d.first_seen) AS first_seen,
           max(d.last_seen) AS last_seen, sum(d.reports) AS reports, uniqMerge(d.clients) AS clients,
           arraySort(groupUniqArray(toString(d.channel))) AS channels
    FROM destinations AS d
    WHERE (toString(d.site), d.destination) GLOBAL IN (SELECT site, destination FROM open)
    GROUP BY site, destination
) AS ever USING (site, destination)
LEFT JOIN
(
    SELECT r.site AS site, r.destination AS destination, arraySort(groupUniqArray(r.disposition)) AS dispositions
    FROM
    (
        -- Grouped as the projection `engines` is, so that it is read and not the table.
        SELECT toString(v.site) AS site, v.page_group, v.destination AS destination, v.engine,
               toString(v.disposition) AS disposition
        FROM violations_by_day AS v
        WHERE v.destination GLOBAL IN (SELECT destination FROM open)
        GROUP BY v.site, v.page_group, v.destination, v.engine, v.disposition
    ) AS r
    GROUP BY site, destination
) AS told USING (site, destination)
ORDER BY place, is_page DESC, ifNull(score, 0) DESC, last_alert DESC, site, destination
