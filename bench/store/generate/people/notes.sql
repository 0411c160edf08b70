-- A note about every tenth of them.
SELECT
    min(first_seen) + INTERVAL 2 HOUR AS noted_at,
    site,
    destination,
    'bert' AS by,
    'asked the vendor' AS note
FROM destinations
WHERE destination != '' AND cityHash64(site, destination, {seed:UInt64}) % 10 = 0
GROUP BY site, destination
HAVING uniqMerge(clients) >= 20
