-- What people decided about the scripts of a site, the oldest first.
-- Parameters: site, to (milliseconds since 1970)
-- Range: all
-- For: `cspwatch scripts`, `cspwatch evidence`
SELECT decided_at, toString(site) AS site, toString(page_group) AS page_group, script_host, script_path, hash, toString(decision) AS decision, `by`, owner, justification
FROM script_decisions
WHERE site = {site:String} AND decided_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
ORDER BY decided_at, page_group, script_host, script_path, hash
