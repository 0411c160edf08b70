-- Half of all scripts are approved.
SELECT
    min(first_seen) AS decided_at,
    site,
    page_group,
    script_host,
    script_path,
    hash,
    'approve' AS decision,
    'anna' AS by,
    'payments' AS owner,
    'the form' AS justification
FROM scripts
WHERE cityHash64(hash, {seed:UInt64}) % 2 = 0
GROUP BY site, page_group, script_host, script_path, hash
