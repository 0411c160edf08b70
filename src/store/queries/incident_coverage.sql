-- The hours in which a site's page groups reported anything at all: without that, no sighting says nothing. What the
-- client script counts does not count: it goes on where somebody removes the policy.
-- Parameters: site, from, to (milliseconds since 1970)
-- Range: all
-- For: `cspwatch incident`
SELECT toString(page_group) AS page_group, hour, sum(count) AS reports
FROM reports_by_hour
WHERE dimension = 'kind' AND value NOT IN ('census', 'inline_hash') AND hour >= toStartOfHour(fromUnixTimestamp64Milli({from:Int64}, 'UTC')) AND hour < fromUnixTimestamp64Milli({to:Int64}, 'UTC') AND site = {site:String}
GROUP BY page_group, hour
ORDER BY page_group, hour
