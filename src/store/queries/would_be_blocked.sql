-- How many reports of a day are of a policy that does not block, without noise: what would break if it did.
-- Parameters: site, from, to (milliseconds since 1970)
-- Range: 30 d
-- For: the console
SELECT toDate(minute) AS day, toString(page_group) AS page_group, sum(count) AS reports
FROM reports_by_minute
WHERE site = {site:String} AND disposition = 'report' AND kind = 'csp' AND verdict NOT IN ('noise', 'foreign', 'impossible')
  AND minute >= toStartOfDay(fromUnixTimestamp64Milli({from:Int64}, 'UTC')) AND minute < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
GROUP BY day, page_group
ORDER BY day, page_group
