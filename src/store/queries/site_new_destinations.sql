-- Unknown destinations that a site had never seen before the range.
-- Parameters: site, from, to (milliseconds since 1970), limit
-- Range: 7 d
-- For: dashboard Site
SELECT
    toString(d.page_group) AS page_group,
    d.destination AS destination,
    min(d.first_seen) AS first_seen,
    max(d.last_seen) AS last_seen,
    sum(d.reports) AS reports,
    uniqMerge(d.clients) AS clients
FROM destinations AS d
WHERE d.site = {site:String} AND (d.page_group, d.destination) IN (
    SELECT page_group, destination
    FROM destinations AS n
    WHERE n.site = {site:String}
    GROUP BY n.page_group, n.destination
    HAVING min(n.first_seen) >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
       AND min(n.first_seen) < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
    ORDER BY min(n.first_seen) DESC
    LIMIT {limit:UInt64})
GROUP BY d.page_group, d.destination
ORDER BY first_seen DESC, page_group, destination
