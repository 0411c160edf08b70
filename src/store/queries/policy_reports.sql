-- What was reported within the range, address by address, without noise: that a policy or a Connection-Allowlist forbade it, or
-- that a script had no integrity metadata (which WebKit says of scripts that have it). Those with most reports first. No rollup has addresses
-- that are expected, so this reads all rows of the site within the range but the noise.
-- Parameters: site, page_group (empty: all), from, to (milliseconds since 1970), limit
-- Range: batch
-- For: `cspwatch policy`
SELECT toString(r.page_group) AS page_group, toString(r.kind) AS kind, toString(r.directive) AS directive, toString(r.verdict) AS verdict,
       toString(r.blocked_scheme) AS blocked_scheme, r.blocked_host AS blocked_host, r.blocked_port AS blocked_port,
       r.blocked_path AS blocked_path, r.document_host AS document_host,
       sum(r.count) AS reports, min(r.first_seen) AS first_seen, max(r.last_seen) AS last_seen
FROM reports AS r
WHERE r.site = {site:String} AND ({page_group:String} = '' OR r.page_group = {page_group:String})
  AND r.received_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND r.received_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
  AND r.verdict != 'foreign' AND (r.verdict != 'noise' OR r.reason = 'ignored')
  AND (r.kind IN ('csp', 'connection_allowlist') OR (r.kind = 'integrity' AND r.engine != 'webkit'))
GROUP BY r.page_group, r.kind, r.directive, r.verdict, r.blocked_scheme, r.blocked_host, r.blocked_port, r.blocked_path, r.document_host
ORDER BY reports DESC, page_group, directive, blocked_host, blocked_path, blocked_scheme, blocked_port, kind, verdict, document_host
LIMIT {limit:UInt64}
