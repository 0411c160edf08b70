-- The stored reports of one violation, the latest first, as they are in the table.
-- Parameters: site, fingerprint, from, to (milliseconds since 1970), limit
-- Range: 24 h
-- For: the console
SELECT r.received_at AS received_at, r.first_seen AS first, r.last_seen AS last, r.count AS count, r.clients AS clients,
       toString(r.page_group) AS page_group, toString(r.kind) AS kind, toString(r.disposition) AS disposition,
       toString(r.directive) AS directive, toString(r.verdict) AS verdict, toString(r.reason) AS reason,
       r.destination AS destination, toString(r.blocked_scheme) AS blocked_scheme, r.blocked_host AS blocked_host,
       r.blocked_path AS blocked_path, r.document_host AS document_host, r.document_path AS document_path,
       r.source_host AS source_host, r.source_path AS source_path, r.line AS line, r.column AS column, r.sample AS sample,
       r.detail AS detail, r.policy_hash AS policy_hash, toString(r.engine) AS engine, r.engine_version AS engine_version,
       r.pan_in_url AS pan_in_url
FROM reports AS r
WHERE r.site = {site:String} AND r.fingerprint = {fingerprint:UInt128}
  AND r.received_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND r.received_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
ORDER BY r.received_at DESC, r.batch_id
LIMIT {limit:UInt64}
