-- A destination's sightings by the hour.
-- Parameters: destination, site (empty: all)
-- Range: all
-- For: dashboard Incident
SELECT toStartOfHour(seen_at) AS time, count() AS reports, uniq(client) AS clients
FROM sightings
WHERE destination = {destination:String} AND ({site:String} = '' OR site = {site:String})
GROUP BY time
ORDER BY time
