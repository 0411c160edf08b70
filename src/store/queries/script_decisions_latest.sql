-- The latest decisions about scripts.
-- Parameters: site (empty: all), limit
-- Range: all
-- For: the console
SELECT decided_at, toString(site) AS site, toString(page_group) AS page_group, script_host, script_path, hash,
       toString(decision) AS decision, `by`, owner, justification
FROM script_decisions
WHERE ({site:String} = '' OR site = {site:String})
ORDER BY decided_at DESC, site, script_host, script_path, page_group, hash
LIMIT {limit:UInt64}
