-- Other destinations that a site first saw within a day of a destination's first sighting.
-- Drills are left out.
-- Parameters: destination, site
-- Range: all
-- For: dashboard Incident
WITH (SELECT min(first_seen) FROM destinations WHERE site = {site:String} AND destination = {destination:String}) AS began
SELECT toString(d.site) AS site, d.destination AS destination, min(d.first_seen) AS first, max(d.last_seen) AS last, sum(d.reports) AS reports,
    arrayStringConcat(arraySort(groupUniqArray(toString(d.page_group))), ', ') AS page_groups
FROM destinations AS d
WHERE d.site = {site:String} AND d.destination != {destination:String}
  AND d.destination GLOBAL NOT IN (SELECT destination FROM drills)
GROUP BY d.site, d.destination
HAVING abs(dateDiff('second', first, began)) < 86400
ORDER BY abs(dateDiff('second', first, began)), site, destination
LIMIT 100
