-- Unknown destinations that a site had never seen before the range, the latest first.
-- Parameters: site, from, to (milliseconds since 1970), limit
-- Range: 7 d
-- For: dashboard Site, `cspwatch digest`
SELECT
    toString(d.site) AS site,
    toString(d.page_group) AS page_group,
    d.destination AS destination,
    min(d.first_seen) AS first_seen,
    max(d.last_seen) AS last_seen,
    sum(d.reports) AS reports,
    length(groupUniqArrayArray(d.active_days)) AS active_days
FROM destinations AS d
WHERE d.site = {site:String}
GROUP BY d.site, d.page_group, d.destination
HAVING first_seen >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
   AND first_seen < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
   -- Files that failed their integrity check are in the table as well, whoever they belong to.
   AND hasAny(groupUniqArrayArray(d.verdicts), ['unknown', 'impossible'])
ORDER BY first_seen DESC, site, page_group, destination
LIMIT {limit:UInt64}
