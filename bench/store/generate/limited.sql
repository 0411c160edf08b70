-- Reports over a quota: in every third seal, of one site each.
SELECT
    format('{}-{}', lower(hex(cityHash64({seed:UInt64}, 'collector', segment % 2))), leftPad(toString(segment), 10, '0')) AS batch_id,
    fromUnixTimestamp64Milli(({begin:Int64} + segment * {seal_seconds:UInt32}) * 1000, 'UTC') AS received_at,
    toStartOfMinute(toDateTime({begin:Int64} + segment * {seal_seconds:UInt32}, 'UTC')) AS minute,
    concat(['blue', 'red', 'soft', 'light'][1 + cityHash64(segment) % 4], '-', toString(cityHash64(segment, 1) % 4)) AS site,
    ['csp', 'csp', 'csp', 'deprecation'][1 + cityHash64(segment, 2) % 4] AS kind,
    1 + cityHash64(segment, {seed:UInt64}) % 400 AS count
FROM (SELECT number + {day:UInt32} * toUInt64(86400 / {seal_seconds:UInt32}) AS segment FROM numbers(toUInt64(86400 / {seal_seconds:UInt32})))
WHERE cityHash64(segment, 3) % 3 = 0
