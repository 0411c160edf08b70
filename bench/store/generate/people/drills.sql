-- A drill of each site a day; every fiftieth does not pass.
SELECT
    s.site AS site,
    'payment' AS page_group,
    fromUnixTimestamp64Milli(({begin:Int64} + number * 86400 + 32400) * 1000, 'UTC') AS at,
    concat('drill-', toString(number), '.invalid') AS destination,
    [('accepted', 0.25), ('detected', 0.5), ('delivered', 7.5)] AS stages,
    cityHash64(s.site, number, {seed:UInt64}) % 50 != 0 AS passed,
    if(passed, '', 'delivered: nothing') AS why,
    'timer' AS by,
    'delivered' AS goal
FROM (SELECT DISTINCT site FROM reports_by_day) AS s
CROSS JOIN (SELECT number FROM numbers(30)) AS days
