-- What some batches have seen, each with its report, in the order of time. `reports` are inserted last, so a batch that is
-- not whole yet gives nothing. Of each destination the word of twenty clients is enough, and of each network a hundred:
-- whoever floods another collector must not flood this one.
-- Parameters: from, to (milliseconds since 1970: when they were received), batches
-- Range: 10 s
-- For: the peers
SELECT received_at, seen_at, toString(site) AS site, toString(page_group) AS page_group, destination,
       toString(directive) AS directive, toString(disposition) AS disposition, toString(channel) AS channel,
       toString(verdict) AS verdict, toString(kind) AS kind, document_path, client, batch_id, fingerprint, reason,
       blocked_scheme, blocked_host, blocked_port, blocked_path, document_host, source_scheme, source_host, source_path,
       sample, detail, policy_hash, engine, engine_version, pan_in_url, line, extensionless
FROM
(
    SELECT * FROM
    (
        SELECT * FROM sightings
        WHERE received_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND received_at <= fromUnixTimestamp64Milli({to:Int64}, 'UTC')
          AND batch_id IN {batches:Array(String)}
        ORDER BY received_at LIMIT 20 BY site, page_group, destination
    )
    ORDER BY received_at LIMIT 100 BY intDiv(client, 4294967296)
) AS s
INNER JOIN
(
    SELECT fingerprint, batch_id, toString(reason) AS reason, toString(blocked_scheme) AS blocked_scheme, blocked_host,
           blocked_port, blocked_path, document_host, toString(source_scheme) AS source_scheme, source_host, source_path,
           sample, detail, policy_hash, toString(engine) AS engine, engine_version, pan_in_url, line
    FROM reports
    WHERE received_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND received_at <= fromUnixTimestamp64Milli({to:Int64}, 'UTC')
          AND batch_id IN {batches:Array(String)}
    LIMIT 1 BY fingerprint, batch_id
) AS r USING (fingerprint, batch_id)
ORDER BY received_at
