-- The pages on which a destination was seen.
-- Parameters: destination, site (empty: all), limit
-- Range: all
-- For: dashboard Incident, `cspwatch incident`
SELECT toString(site) AS site, toString(page_group) AS page_group, document_path AS path, count() AS reports, uniq(client) AS clients, min(seen_at) AS first_seen, max(seen_at) AS last_seen
FROM sightings
WHERE destination = {destination:String} AND ({site:String} = '' OR site = {site:String})
GROUP BY site, page_group, path
ORDER BY reports DESC, site, page_group, path
LIMIT {limit:UInt64}
