-- The policies that pages of a site carried within the range, and how many reports named each in its last part: those
-- that most reports named first.
-- Parameters: site, from, to, since (milliseconds since 1970; where the last part begins), limit (of each page group)
-- Range: batch
-- For: `cspwatch policy`
SELECT seen.page_group AS page_group, seen.policy_hash AS policy_hash, seen.disposition AS disposition, policy, first_seen, last_seen,
       told.reports AS recent, told.clients AS clients
FROM
(
    SELECT toString(p.page_group) AS page_group, p.policy_hash AS policy_hash, toString(p.disposition) AS disposition,
           min(p.first_seen) AS first_seen, max(p.last_seen) AS last_seen, anyLast(p.policy) AS policy
    FROM policies AS p
    WHERE p.site = {site:String}
    GROUP BY p.page_group, p.policy_hash, p.disposition
    HAVING last_seen >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND first_seen < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
) AS seen
LEFT JOIN
(
    SELECT toString(r.page_group) AS page_group, r.policy_hash AS policy_hash, toString(r.disposition) AS disposition,
           sum(r.count) AS reports, sum(r.clients) AS clients
    FROM reports AS r
    WHERE r.site = {site:String} AND r.policy_hash != '' AND r.verdict != 'foreign'
      AND r.received_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC') AND r.received_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
    GROUP BY r.page_group, r.policy_hash, r.disposition
) AS told USING (page_group, policy_hash, disposition)
ORDER BY page_group, recent DESC, last_seen DESC, policy_hash, disposition
LIMIT {limit:UInt64} BY page_group
