-- The page groups where limited approvals in force cover all that was reported of a destination: an alert there is settled, as for
-- `findings_open.sql`.
-- Parameters: site, destination, since, to (milliseconds since 1970; reports since then, decisions in force then)
-- Range: 30 d
-- For: the console
WITH (
    -- The limited approvals in force, the newest of each extent, unless a decision for everywhere came later.
    SELECT groupArray((site, destination, directive, page_group))
    FROM
    (
        SELECT toString(n.site) AS site, n.destination AS destination, toString(n.directive) AS directive,
               toString(n.page_group) AS page_group, n.decision AS decision, n.until AS until, n.decided_at AS decided_at,
               maxIf(n.decided_at, n.directive = '' AND n.page_group = '') OVER (PARTITION BY n.site, n.destination) AS everywhere_at
        FROM decisions AS n
        WHERE n.site = {site:String} AND n.destination = {destination:String}
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
) AS covered
SELECT DISTINCT ended.2 AS page_group
FROM (SELECT arrayJoin(covered) AS ended)
ORDER BY page_group
