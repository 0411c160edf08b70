-- How many reports the page groups of a site sent on each day, and in how many of its hours, without what the client script
-- counts: it goes on where somebody removes the policy.
-- Parameters: site, page_group (empty: all), from, to (milliseconds since 1970)
-- Range: 90 d
-- For: `cspwatch evidence`
SELECT toDate(h.hour) AS day, toString(h.page_group) AS page_group, sum(h.count) AS reports, uniqExact(h.hour) AS hours
FROM reports_by_hour AS h
WHERE h.dimension = 'kind' AND h.value NOT IN ('census', 'inline_hash') AND h.site = {site:String} AND ({page_group:String} = '' OR h.page_group = {page_group:String})
  AND h.hour >= toStartOfHour(fromUnixTimestamp64Milli({from:Int64}, 'UTC')) AND h.hour < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
GROUP BY day, page_group
ORDER BY day, page_group
