-- The engines that reported a destination.
-- Parameters: destination, site (empty: all)
-- Range: all
-- For: dashboard Incident, `cspwatch incident`
SELECT toString(engine) AS engine, max(engine_version) AS newest_version, sum(count) AS reports
FROM violations_by_day
WHERE destination = {destination:String} AND ({site:String} = '' OR site = {site:String})
GROUP BY engine
ORDER BY reports DESC, engine
