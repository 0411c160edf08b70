-- Reports by verdict over time. Below an hour out of the minutes, which are kept for 31 days, else out of the hours. Each step
-- has a row, so that a single one is drawn as wide as it is.
-- Parameters: site, page_group (empty: all), from, to (milliseconds since 1970), step (seconds, at least 60)
-- Range: 24 h
-- For: dashboards Overview and Site
SELECT toDateTime(toUInt32(at), 'UTC') AS time, verdict, sum(reports) AS Value
FROM
(
    SELECT toUInt64(intDiv({from:Int64}, 1000 * {step:UInt32}) * {step:UInt32} + number * {step:UInt32}) AS at, 'unknown' AS verdict, 0 AS reports
    FROM numbers(toUInt64(intDiv({to:Int64} - 1, 1000 * {step:UInt32}) - intDiv({from:Int64}, 1000 * {step:UInt32}) + 1))
    UNION ALL
    SELECT toUInt64(intDiv(toUnixTimestamp(minute), {step:UInt32}) * {step:UInt32}) AS at, toString(verdict) AS verdict, sum(count) AS reports
    FROM reports_by_minute
    WHERE {step:UInt32} < 3600
      AND minute >= toStartOfMinute(fromUnixTimestamp64Milli({from:Int64}, 'UTC')) AND minute < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
      AND ({site:String} = '' OR site = {site:String}) AND ({page_group:String} = '' OR page_group = {page_group:String})
    GROUP BY at, verdict
    UNION ALL
    SELECT toUInt64(intDiv(toUnixTimestamp(hour), {step:UInt32}) * {step:UInt32}) AS at, toString(verdict) AS verdict, sum(count) AS reports
    FROM reports_by_hour
    WHERE {step:UInt32} >= 3600 AND dimension = 'kind'
      AND hour >= toStartOfHour(fromUnixTimestamp64Milli({from:Int64}, 'UTC')) AND hour < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
      AND ({site:String} = '' OR site = {site:String}) AND ({page_group:String} = '' OR page_group = {page_group:String})
    GROUP BY at, verdict
)
GROUP BY time, verdict
ORDER BY time, verdict
