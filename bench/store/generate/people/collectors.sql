-- Two collectors, hour by hour.
SELECT
    toDateTime({begin:Int64} + number * 3600, 'UTC') AS hour,
    lower(hex(cityHash64({seed:UInt64}, 'collector', which))) AS collector,
    '0.1.0' AS version,
    'r1' AS rules,
    toDateTime64(hour, 3, 'UTC') AS first_seen,
    first_seen + INTERVAL 3599 SECOND AS last_seen
FROM (SELECT number FROM numbers(720)) AS hours
CROSS JOIN (SELECT arrayJoin([0, 1]) AS which) AS two
