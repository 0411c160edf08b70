-- Pages whose scripts had no integrity metadata, or did not match it.
-- Parameters: site (empty: all), page_group (empty: all), from, to (milliseconds since 1970), limit
-- Range: 30 d
-- For: dashboard Scripts
SELECT toString(site) AS site, toString(page_group) AS page_group, toString(kind) AS kind, destination, document_path AS path,
       count() AS reports, uniq(client) AS clients, min(seen_at) AS first, max(seen_at) AS last
FROM sightings
WHERE received_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND received_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
  AND kind IN ('integrity', 'sri_failure')
  AND ({site:String} = '' OR site = {site:String}) AND ({page_group:String} = '' OR page_group = {page_group:String})
GROUP BY site, page_group, kind, destination, path
ORDER BY last DESC, site, page_group, kind, path
LIMIT {limit:UInt64}
