-- Two releases a day of each site.
SELECT
    concat('1.', toString(number)) AS version,
    s.site AS site,
    '' AS environment,
    fromUnixTimestamp64Milli(({begin:Int64} + number * 43200 + 36000) * 1000, 'UTC') AS at,
    'pipeline' AS by
FROM (SELECT DISTINCT site FROM reports_by_day) AS s
CROSS JOIN (SELECT number FROM numbers(60)) AS halves
