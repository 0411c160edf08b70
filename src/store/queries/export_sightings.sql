-- All sightings of some batches, each with its report where there is one still, batch by batch in the order of time.
-- Parameters: batches, site (empty: all), from, to (milliseconds since 1970)
-- Range: batch
-- For: `cspwatch export`
SELECT received_at, seen_at, toString(site) AS site, toString(page_group) AS page_group, destination,
       toString(directive) AS directive, toString(disposition) AS disposition, toString(channel) AS channel,
       toString(verdict) AS verdict, toString(kind) AS kind, document_path, client, tag, tag_signed, verified, batch_id,
       fingerprint, reason, blocked_scheme, blocked_host, blocked_port, blocked_path, document_host, source_scheme,
       source_host, source_path, line, column, sample, detail, policy_hash, engine, engine_version, pan_in_url
FROM
(
    SELECT * FROM sightings
    WHERE received_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND received_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
      AND batch_id IN {batches:Array(String)} AND ({site:String} = '' OR site = {site:String})
) AS s
LEFT JOIN
(
    SELECT fingerprint, batch_id, toString(reason) AS reason, toString(blocked_scheme) AS blocked_scheme, blocked_host,
           blocked_port, blocked_path, document_host, toString(source_scheme) AS source_scheme, source_host, source_path,
           line, column, sample, detail, policy_hash, toString(engine) AS engine, engine_version, pan_in_url
    FROM reports
    WHERE received_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND received_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
      AND batch_id IN {batches:Array(String)}
    LIMIT 1 BY fingerprint, batch_id
) AS r USING (fingerprint, batch_id)
ORDER BY batch_id, received_at, seen_at, fingerprint, client, tag
