-- How long a site reported in the same hours of the days before a release and in the hour before, and its page views before and
-- since, where a census counts them: one report stands for as many views as its detail says. Last, whether it reported anything since.
-- Parameters: site, begin, from, to (milliseconds since 1970), hours (of the day, UTC)
-- Range: 7 d
-- For: cspwatch gate
SELECT uniqExactIf(toStartOfHour(received_at), NOT is_after) AS hours, sumIf(views, is_census AND NOT is_after) AS views_before,
       sumIf(views, is_census AND is_after) AS views_after, countIf(is_after) > 0 AS has_reports
FROM
(
    SELECT received_at, kind = 'census' AS is_census, count * least(100, greatest(1, toUInt32OrZero(detail))) AS views, received_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AS is_after
    FROM reports
    WHERE site = {site:String}
      AND received_at >= fromUnixTimestamp64Milli({begin:Int64}, 'UTC') AND received_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
      AND (received_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') - INTERVAL 1 HOUR OR has({hours:Array(UInt8)}, toHour(received_at)))
)
