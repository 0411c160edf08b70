-- The unknown destinations that were seen last, the latest first.
-- Parameters: site (empty: all)
-- Range: all
-- For: dashboard Incident, to choose from
SELECT d.destination AS destination
FROM destinations AS d
WHERE ({site:String} = '' OR site = {site:String})
GROUP BY destination
ORDER BY max(d.last_seen) DESC, destination
LIMIT 500
