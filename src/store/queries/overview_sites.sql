-- Sites, those with most reports of unknown destinations first: how many reports, and how many of them are of unknown
-- destinations or noise.
-- Parameters: site (empty: all), from, to (milliseconds since 1970)
-- Range: 24 h
-- For: dashboard Overview
SELECT
    toString(site) AS site,
    sum(count) AS reports,
    sumIf(count, verdict IN ('unknown', 'impossible')) AS unknown,
    sumIf(count, verdict = 'noise') / reports AS noise_share
FROM reports_by_hour
WHERE dimension = 'kind' AND hour >= toStartOfHour(fromUnixTimestamp64Milli({from:Int64}, 'UTC')) AND hour < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
  AND ({site:String} = '' OR site = {site:String})
GROUP BY site
ORDER BY unknown DESC, reports DESC
