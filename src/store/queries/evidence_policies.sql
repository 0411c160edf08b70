-- The policies that were seen on a site's pages within the range.
-- Parameters: site, page_group (empty: all), from, to (milliseconds since 1970)
-- Range: 90 d
-- For: `cspwatch evidence`
SELECT toString(p.page_group) AS page_group, p.policy_hash AS policy_hash, toString(p.disposition) AS disposition,
       min(p.first_seen) AS first, max(p.last_seen) AS last, anyLast(p.policy) AS policy
FROM policies AS p
WHERE p.site = {site:String} AND ({page_group:String} = '' OR p.page_group = {page_group:String})
GROUP BY page_group, policy_hash, disposition
HAVING last >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND first < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
ORDER BY page_group, first, policy_hash, disposition
