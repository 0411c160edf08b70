-- An alert for each unknown destination that 20 visitors of a page group named; every fifth pages the on-call.
SELECT
    min(first_seen) AS told_at,
    lower(hex(cityHash64({seed:UInt64}, 'collector', cityHash64(destination) % 2))) AS collector,
    site,
    page_group,
    'unknown_destination' AS alert,
    destination,
    if(cityHash64(site, destination) % 5 = 0, 'page', 'ticket') AS severity,
    sum(reports) AS reports,
    uniqMerge(clients) AS clients,
    ['/checkout', '/checkout/payment'] AS pages,
    ['several visitors', 'new to the site'] AS reasons,
    5.2 AS score,
    [destination] AS destinations
FROM destinations
WHERE destination != ''
GROUP BY site, page_group, destination
HAVING clients >= 20
