-- The distinct violations of a time, each with how many reports there are of it, and what decides their verdict: those with
-- most reports first. What the fingerprint does not hold is that of the newest report.
-- Parameters: site (empty: all), from, to (milliseconds since 1970), limit
-- Range: batch
-- For: `cspwatch judge --stored`
SELECT max(r.received_at) AS received_at, max(r.last_seen) AS seen_at, toString(r.site) AS site,
       toString(any(r.page_group)) AS page_group, any(r.destination) AS destination, toString(any(r.directive)) AS directive,
       argMax(toString(r.disposition), r.received_at) AS disposition, toString(any(r.channel)) AS channel,
       argMax(toString(r.verdict), r.received_at) AS verdict, toString(any(r.kind)) AS kind,
       any(r.document_path) AS document_path, toUInt64(0) AS client, '' AS batch_id, r.fingerprint AS fingerprint,
       argMax(toString(r.reason), r.received_at) AS reason, toString(any(r.blocked_scheme)) AS blocked_scheme,
       any(r.blocked_host) AS blocked_host, any(r.blocked_port) AS blocked_port, any(r.blocked_path) AS blocked_path,
       any(r.document_host) AS document_host, toString(any(r.source_scheme)) AS source_scheme,
       any(r.source_host) AS source_host, any(r.source_path) AS source_path, any(r.sample) AS sample, any(r.detail) AS detail,
       argMax(r.policy_hash, r.received_at) AS policy_hash, toString(any(r.engine)) AS engine,
       argMax(r.engine_version, r.received_at) AS engine_version, any(r.pan_in_url) AS pan_in_url, sum(r.count) AS reports
FROM reports AS r
WHERE ({site:String} = '' OR r.site = {site:String})
  AND r.received_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND r.received_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
GROUP BY r.site, r.fingerprint
ORDER BY reports DESC, site, fingerprint
LIMIT {limit:UInt64}
