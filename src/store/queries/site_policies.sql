-- The policies that appeared on a site's pages within the range.
-- Parameters: site, from, to (milliseconds since 1970)
-- Range: 30 d
-- For: dashboard Site
SELECT
    toString(p.site) AS site,
    toString(p.page_group) AS page_group,
    p.policy_hash AS policy_hash,
    toString(p.disposition) AS disposition,
    min(p.first_seen) AS first_seen,
    max(p.last_seen) AS last_seen,
    anyLast(p.policy) AS policy
FROM policies AS p
WHERE p.site = {site:String}
GROUP BY p.site, p.page_group, p.policy_hash, p.disposition
HAVING first_seen >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND first_seen < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
ORDER BY first_seen DESC, site, page_group, policy_hash, disposition
