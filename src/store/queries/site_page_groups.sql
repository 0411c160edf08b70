-- A site's page groups, and what they report.
-- Parameters: site, from, to (milliseconds since 1970)
-- Range: 7 d
-- For: dashboard Site
SELECT toString(page_group) AS page_group, toString(verdict) AS verdict, sum(count) AS reports
FROM reports_by_day
WHERE dimension = 'kind' AND day >= toDate(fromUnixTimestamp64Milli({from:Int64}, 'UTC')) AND day <= toDate(fromUnixTimestamp64Milli({to:Int64}, 'UTC')) AND site = {site:String}
GROUP BY page_group, verdict
ORDER BY page_group, reports DESC, verdict
