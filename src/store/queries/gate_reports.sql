-- What pages of a site reported since a release, and in the same hours of the days before and the hour before, by violation and
-- engine. Visitors are distinct clients where sightings have them, else the clients of each batch added up. Without noise, and
-- without what is no violation.
-- Parameters: site, begin, from, to (milliseconds since 1970), hours (of the day, UTC)
-- Range: 7 d
-- For: cspwatch gate
SELECT toString(r.page_group) AS page_group, toString(r.kind) AS kind, toString(r.directive) AS directive, r.what AS what,
       toString(r.engine) AS engine, any(r.verdict) AS verdict, max(r.enforced) AS enforced,
       argMaxIf(r.scheme, r.visits, r.is_after) AS scheme, argMaxIf(r.path, r.visits, r.is_after) AS path,
       argMaxIf(r.page, r.visits, r.is_after) AS page, argMaxIf(r.script, r.visits, r.is_after) AS script,
       if(uniqMergeIf(s.clients, NOT r.is_after) > 0, uniqMergeIf(s.clients, NOT r.is_after), sumIf(r.visits, NOT r.is_after)) AS before,
       if(uniqMergeIf(s.clients, r.is_after) > 0, uniqMergeIf(s.clients, r.is_after), sumIf(r.visits, r.is_after)) AS after
FROM
(
    SELECT v.fingerprint AS fingerprint, v.page_group AS page_group, v.kind AS kind, v.directive AS directive, v.engine AS engine,
           v.received_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AS is_after,
           multiIf(v.blocked_host != '', v.blocked_host, v.blocked_scheme != '', toString(v.blocked_scheme), substringUTF8(v.detail, 1, 80)) AS what,
           toString(any(v.verdict)) AS verdict, max(v.disposition = 'enforce') AS enforced, toString(any(v.blocked_scheme)) AS scheme,
           any(v.blocked_path) AS path, any(v.document_path) AS page, any(concat(v.source_host, v.source_path)) AS script,
           sum(v.clients) AS visits
    FROM reports AS v
    WHERE v.site = {site:String} AND v.verdict != 'noise' AND v.kind NOT IN ('csp_hash', 'census', 'inline_hash')
      AND v.received_at >= fromUnixTimestamp64Milli({begin:Int64}, 'UTC') AND v.received_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
      AND (v.received_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') - INTERVAL 1 HOUR OR has({hours:Array(UInt8)}, toHour(v.received_at)))
    GROUP BY fingerprint, page_group, kind, directive, engine, is_after, what
) AS r
GLOBAL LEFT JOIN
(
    SELECT fingerprint, received_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AS is_after, uniqState(client) AS clients
    FROM sightings
    WHERE site = {site:String}
      AND received_at >= fromUnixTimestamp64Milli({begin:Int64}, 'UTC') AND received_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
      AND (received_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') - INTERVAL 1 HOUR OR has({hours:Array(UInt8)}, toHour(received_at)))
    GROUP BY fingerprint, is_after
) AS s ON r.fingerprint = s.fingerprint AND r.is_after = s.is_after
GROUP BY page_group, kind, directive, what, engine
ORDER BY after DESC, page_group, kind, directive, what, engine
LIMIT 10000
