-- What changed on a destination's page groups from two days before its first report to six hours after: scripts by their hashes,
-- policies, releases and other destinations; what is nearest first.
-- Parameters: destination, site (empty: all), limit
-- Range: all
-- For: dashboard Incident
WITH
    (
        SELECT min(first_seen)
        FROM destinations
        WHERE destination = {destination:String} AND ({site:String} = '' OR site = {site:String})
    ) AS began,
    its AS
    (
        SELECT DISTINCT site, page_group
        FROM destinations
        WHERE destination = {destination:String} AND ({site:String} = '' OR site = {site:String})
    )
SELECT time, multiIf(time > began, 'after', 'before') AS place, what, site, page_group, which
FROM
(
    SELECT first AS time, if(first > min(first) OVER (PARTITION BY site, page_group, which), 'another hash of a script', 'a new script') AS what,
        toString(site) AS site, toString(page_group) AS page_group, which
    FROM
    (
        SELECT s.site AS site, s.page_group AS page_group, concat(s.script_host, s.script_path) AS which, min(s.first_seen) AS first
        FROM scripts AS s
        WHERE (s.site, s.page_group) GLOBAL IN its
        GROUP BY s.site, s.page_group, which, s.hash
    )
    UNION ALL
    SELECT min(p.first_seen) AS time, concat('a policy (', toString(p.disposition), ')') AS what, toString(p.site) AS site,
        toString(p.page_group) AS page_group, substring(anyLast(p.policy), 1, 1000) AS which
    FROM policies AS p
    WHERE (p.site, p.page_group) GLOBAL IN its
    GROUP BY p.site, p.page_group, p.policy_hash, p.disposition
    UNION ALL
    SELECT min(d.first_seen) AS time, 'another destination' AS what, toString(d.site) AS site, toString(d.page_group) AS page_group,
        d.destination AS which
    FROM destinations AS d
    WHERE (d.site, d.page_group) GLOBAL IN its AND d.destination != {destination:String}
    GROUP BY d.site, d.page_group, d.destination
    HAVING hasAny(groupUniqArrayArray(d.verdicts), ['unknown', 'impossible'])
    UNION ALL
    SELECT r.at AS time, 'a release' AS what, toString(r.site) AS site, '' AS page_group, r.version AS which
    FROM releases AS r
    WHERE r.site GLOBAL IN (SELECT site FROM its)
)
WHERE time >= began - toIntervalDay(2) AND time <= began + toIntervalHour(6)
ORDER BY abs(dateDiff('second', time, began)), what, site, page_group, which
LIMIT {limit:UInt64}
