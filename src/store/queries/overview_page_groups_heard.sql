-- Page groups that reported in the 30 days before, with the last minute of the last 24 hours in which they did; those that
-- are silent first; one that did not has none. The minutes of drills do not count. What the client script counts does not count: it goes on where somebody removes the policy.
-- Parameters: site (empty: all), to (milliseconds since 1970)
-- Range: 30 d
-- For: dashboard Overview
SELECT site, page_group, reports_a_day, toDateTime(last_day, 'UTC') AS last_day, nullIf(last_minute, toDateTime(0, 'UTC')) AS last_minute
FROM
(
    SELECT toString(site) AS site, toString(page_group) AS page_group, sum(count) / uniqExact(day) AS reports_a_day, max(day) AS last_day
    FROM reports_by_day
    WHERE dimension = 'kind' AND value NOT IN ('census', 'inline_hash') AND day >= toDate(fromUnixTimestamp64Milli({to:Int64}, 'UTC')) - 30 AND day <= toDate(fromUnixTimestamp64Milli({to:Int64}, 'UTC'))
      AND ({site:String} = '' OR site = {site:String})
    GROUP BY site, page_group
) AS month
LEFT JOIN
(
    SELECT toString(site) AS site, toString(page_group) AS page_group, max(minute) AS last_minute
    FROM reports_by_minute
    WHERE kind NOT IN ('census', 'inline_hash')
      -- What a drill sends is stored within its minute or the next one.
      AND (toString(site), toDateTime(minute, 'UTC')) GLOBAL NOT IN
      (
          SELECT toString(site), toDateTime(arrayJoin([toStartOfMinute(at), toStartOfMinute(at) + INTERVAL 1 MINUTE]), 'UTC')
          FROM drills
          WHERE at >= fromUnixTimestamp64Milli({to:Int64}, 'UTC') - INTERVAL 1 DAY - INTERVAL 2 MINUTE
      )
      AND minute >= fromUnixTimestamp64Milli({to:Int64}, 'UTC') - INTERVAL 1 DAY AND minute < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
      AND ({site:String} = '' OR site = {site:String})
    GROUP BY site, page_group
) AS lately USING (site, page_group)
ORDER BY lately.last_minute, month.last_day, site, page_group
