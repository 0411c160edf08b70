-- All sightings of a time, each with its report, in the order of time.
-- Parameters: from, to (milliseconds since 1970)
-- Range: batch
-- For: `cspwatch backtest --from-clickhouse`
SELECT received_at, seen_at, toString(site) AS site, toString(page_group) AS page_group, destination,
       toString(directive) AS directive, toString(disposition) AS disposition, toString(channel) AS channel,
       toString(verdict) AS verdict, toString(kind) AS kind, document_path, client, batch_id, fingerprint, reason,
       blocked_scheme, blocked_host, blocked_port, blocked_path, document_host, source_scheme, source_host, source_path,
       sample, detail, policy_hash, engine, engine_version, pan_in_url, line, extensionless
FROM
(
    SELECT * FROM sightings
    WHERE received_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND received_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
) AS s
INNER JOIN
(
    SELECT fingerprint, batch_id, toString(reason) AS reason, toString(blocked_scheme) AS blocked_scheme, blocked_host,
           blocked_port, blocked_path, document_host, toString(source_scheme) AS source_scheme, source_host, source_path,
           sample, detail, policy_hash, toString(engine) AS engine, engine_version, pan_in_url, line
    FROM reports
    WHERE received_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND received_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
    LIMIT 1 BY fingerprint, batch_id
) AS r USING (fingerprint, batch_id)
ORDER BY received_at, batch_id, seen_at
