-- The hosts of a destination that reports of a site named, those with most reports first.
-- Parameters: site, destination
-- Range: all
-- For: the console and `cspwatch destinations`, when somebody decides
SELECT blocked_host
FROM violations_by_day
WHERE site = {site:String} AND destination = {destination:String}
GROUP BY blocked_host
ORDER BY sum(count) DESC, blocked_host
LIMIT 1000
