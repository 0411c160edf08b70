-- The correlation tags of a destination's sightings: whom it concerned. Those that the site signed first.
-- Parameters: destination, site (empty: all), limit
-- Range: all
-- For: dashboard Incident, `cspwatch incident`
SELECT tag, max(tag_signed) AS signed, min(seen_at) AS first_seen, max(seen_at) AS last_seen, count() AS reports,
    uniqExact(site, document_path) AS pages
FROM sightings
WHERE destination = {destination:String} AND ({site:String} = '' OR site = {site:String}) AND tag != ''
GROUP BY tag
ORDER BY signed DESC, first_seen, tag
LIMIT {limit:UInt64}
