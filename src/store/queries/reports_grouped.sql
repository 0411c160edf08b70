-- Stored reports by violation, those with most reports first. What the fingerprint does not hold is that of the newest report.
-- Destinations and texts may be defanged, as pages show them.
-- Parameters: site, page_group, verdict, kind, directive, to_destination, engine, text (each empty: all), from, to (milliseconds since 1970), limit, offset
-- Range: 24 h
-- For: the console, its API
SELECT r.fingerprint AS fingerprint, toString(r.site) AS site, toString(any(r.page_group)) AS page_group,
       argMax(toString(r.verdict), r.received_at) AS verdict, argMax(toString(r.reason), r.received_at) AS reason,
       toString(any(r.kind)) AS kind, toString(any(r.directive)) AS directive,
       argMax(toString(r.disposition), r.received_at) AS disposition, any(r.destination) AS destination,
       any(r.blocked_host) AS blocked_host, any(r.blocked_path) AS blocked_path, any(r.document_host) AS document_host,
       any(r.document_path) AS document_path, any(r.source_host) AS source_host, any(r.source_path) AS source_path,
       toString(any(r.engine)) AS engine, max(r.pan_in_url) AS pan_in_url, min(r.first_seen) AS first, max(r.last_seen) AS last,
       sum(r.count) AS reports, count() OVER () AS violations
FROM reports AS r
WHERE r.received_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND r.received_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
  AND ({site:String} = '' OR r.site = {site:String})
  AND ({page_group:String} = '' OR r.page_group = {page_group:String})
  AND ({verdict:String} = '' OR r.verdict = {verdict:String})
  AND ({kind:String} = '' OR r.kind = {kind:String})
  AND ({directive:String} = '' OR r.directive = {directive:String})
  AND ({to_destination:String} = '' OR r.destination = replaceAll({to_destination:String}, '[.]', '.'))
  AND ({engine:String} = '' OR r.engine = {engine:String})
  AND ({text:String} = ''
       OR positionCaseInsensitiveUTF8(r.blocked_host, replaceAll({text:String}, '[.]', '.')) > 0 OR positionCaseInsensitiveUTF8(r.blocked_path, replaceAll({text:String}, '[.]', '.')) > 0
       OR positionCaseInsensitiveUTF8(r.document_host, replaceAll({text:String}, '[.]', '.')) > 0 OR positionCaseInsensitiveUTF8(r.document_path, replaceAll({text:String}, '[.]', '.')) > 0
       OR positionCaseInsensitiveUTF8(r.source_host, replaceAll({text:String}, '[.]', '.')) > 0 OR positionCaseInsensitiveUTF8(r.source_path, replaceAll({text:String}, '[.]', '.')) > 0
       OR positionCaseInsensitiveUTF8(r.sample, replaceAll({text:String}, '[.]', '.')) > 0 OR positionCaseInsensitiveUTF8(r.detail, replaceAll({text:String}, '[.]', '.')) > 0
       OR (r.site, r.fingerprint) GLOBAL IN
       (
           SELECT s.site, s.fingerprint
           FROM sightings AS s
           WHERE {text:String} != '' AND positionCaseInsensitiveUTF8(s.tag, {text:String}) > 0
             AND s.received_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND s.received_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
       ))
GROUP BY r.site, r.fingerprint
ORDER BY reports DESC, site, fingerprint
LIMIT {limit:UInt64} OFFSET {offset:UInt64}
