-- Destinations that were seen lately and nobody expects, each with what a person needs to begin: how severe and why, since
-- when, how many visitors, whether browsers stopped it, what was decided. Those with an alert first, so that inventing
-- others pushes none off the list. A decision that came after the alert ends it; limited approvals do where nothing was reported
-- since `from` that is not within them.
-- Parameters: site (empty: all), from (milliseconds since 1970), limit
-- Range: 24 h
-- For: dashboard Overview
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
      AND (until IS NULL OR until > greatest(decided_at, now64(3, 'UTC')))
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
                  AND t.day >= toDate(fromUnixTimestamp64Milli({from:Int64}, 'UTC'))
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
latest AS
(
    SELECT site, page_group, destination, max(seen_at) AS last_seen, count() AS reports, uniq(client) AS visitors,
           uniqIf(client, disposition = 'enforce') AS stopped_of
    FROM sightings
    WHERE received_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND destination != '' AND verdict IN ('unknown', 'impossible')
      AND ({site:String} = '' OR site = {site:String})
    GROUP BY site, page_group, destination
),
decided AS
(
    SELECT site, destination, replaceOne(toString(decision), '_within', '') AS decision, directive, page_group AS `within`,
           directive != '' OR page_group != '' AS is_limited, `by`, decided_at
    FROM decisions
    ORDER BY decided_at DESC
    LIMIT 1 BY site, destination
),
raised AS
(
    SELECT site, page_group, named AS destination, min(told_at) AS since, max(told_at) AS told, argMax(severity, told_at) AS severity,
           argMax(reasons, told_at) AS reasons
    FROM
    (
        SELECT a.site AS site, a.page_group AS page_group, a.told_at AS told_at, a.severity AS severity, a.reasons AS reasons,
               arrayJoin(if(empty(a.destinations), [a.destination], a.destinations)) AS named
        FROM alerts AS a
        WHERE a.alert IN ('unknown_destination', 'card_data_in_url', 'threat_in_history')
          AND a.told_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') - toIntervalDay(30)
    )
    GROUP BY site, page_group, named
),
listed AS
(
    SELECT latest.site AS site, latest.page_group AS page_group, latest.destination AS destination, last_seen, reports, visitors, stopped_of,
           told > decided_at
               OR (is_limited AND (toString(latest.site), toString(latest.page_group), latest.destination) NOT IN (SELECT arrayJoin(covered))) AS is_open,
           if(is_open, severity, '') AS severity, if(is_open, reasons, []) AS reasons, decision, directive, `within`, `by`
    FROM latest
    LEFT JOIN raised USING (site, page_group, destination)
    LEFT JOIN decided USING (site, destination)
    ORDER BY severity = 'page' DESC, severity = 'ticket' DESC, last_seen DESC, site, page_group, destination
    LIMIT {limit:UInt64}
)
SELECT severity, destination, toString(listed.site) AS site, toString(listed.page_group) AS page_group,
       arrayStringConcat(reasons, '; ') AS why, first_seen, last_seen, visitors, reports,
       multiIf(stopped_of = 0, 'no', stopped_of < visitors, 'for some', 'yes') AS stopped,
       if(decision = '', '', concat(decision, if(directive = '', '', concat(' for ', directive)),
          if(`within` = '', '', concat(' on ', `within`)), ' by ', `by`)) AS decision
FROM listed
LEFT JOIN
(
    SELECT site, page_group, destination, min(d.first_seen) AS first_seen
    FROM destinations AS d
    WHERE (site, page_group, destination) GLOBAL IN (SELECT site, page_group, destination FROM listed)
    GROUP BY site, page_group, destination
) AS ever USING (site, page_group, destination)
ORDER BY severity = 'page' DESC, severity = 'ticket' DESC, last_seen DESC, site, page_group, destination
