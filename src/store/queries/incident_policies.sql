-- The policies of sites that appeared between two times, or were seen last then while their page group was heard an hour
-- later and more. `before`: those that the page group carried then, the latest last; empty where they are too long to be
-- compared (limits::POLICY_COMPARED_BYTES).
-- Parameters: sites, from, to (milliseconds since 1970), limit
-- Range: all
-- For: `cspwatch incident`
WITH fromUnixTimestamp64Milli({from:Int64}, 'UTC') AS since, fromUnixTimestamp64Milli({to:Int64}, 'UTC') AS until
SELECT site, page_group, disposition, policy, before, first, last,
    toBool(first >= since AND first <= until) AS has_appeared,
    toBool(last >= since AND last <= until AND last < heard - toIntervalHour(1)) AS is_gone
FROM
(
    SELECT *,
        groupArray(policy) OVER (PARTITION BY site, page_group, disposition ORDER BY first, policy_hash ROWS BETWEEN 8 PRECEDING AND 1 PRECEDING) AS before,
        max(last) OVER (PARTITION BY site, page_group) AS heard
    FROM
    (
        SELECT toString(p.site) AS site, toString(p.page_group) AS page_group, p.policy_hash AS policy_hash, toString(p.disposition) AS disposition,
            if(length(anyLast(p.policy) AS text) <= 8192, text, '') AS policy, min(p.first_seen) AS first, max(p.last_seen) AS last
        FROM policies AS p
        WHERE p.site IN {sites:Array(String)}
        GROUP BY p.site, p.page_group, p.policy_hash, p.disposition
    )
)
WHERE has_appeared OR is_gone
ORDER BY first, site, page_group, policy_hash, disposition
LIMIT {limit:UInt64}
