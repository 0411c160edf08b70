-- The policies of that day's rows; each is some 800 bytes of hosts.
SELECT
    site,
    page_group,
    policy_hash,
    any(disposition) AS disposition,
    concat('connect-src ''self'' ', arrayStringConcat(arrayMap(i -> concat('https://host', toString(cityHash64(policy_hash, i) % 1000), '.example'), range(30)), ' ')) AS policy,
    min(first_seen) AS first_seen,
    max(last_seen) AS last_seen
FROM (${rows})
WHERE policy_hash != ''
GROUP BY site, page_group, policy_hash
