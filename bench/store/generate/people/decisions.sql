-- Somebody decided about every third of those destinations, a day after its first sighting; one of fifteen approvals is limited.
SELECT
    min(first_seen) + INTERVAL 1 DAY AS decided_at,
    site,
    destination,
    if(cityHash64(destination, site) % 45 = 0, 'approve_within', ['approve', 'ignore', 'theft'][1 + cityHash64(destination, site) % 3]) AS decision,
    if(decision = 'approve_within', ['connect-src', ''][1 + cityHash64(site, destination) % 2], '') AS directive,
    if(decision = 'approve_within' AND directive = '', 'payment', '') AS page_group,
    'anna' AS by,
    'looked at' AS why,
    CAST(NULL, 'Nullable(DateTime64(3, \'UTC\'))') AS until
FROM destinations
WHERE destination != '' AND cityHash64(site, destination, {seed:UInt64}) % 3 = 0
GROUP BY site, destination
HAVING uniqMerge(clients) >= 20
