-- How many different pages of each page group of a site reported on each day. What the client script counts does not keep which
-- page it was.
-- Parameters: site, page_group (empty: all), from, to (milliseconds since 1970)
-- Range: batch
-- For: `cspwatch evidence`
SELECT toDate(r.received_at) AS day, toString(r.page_group) AS page_group, uniq(r.document_host, r.document_path) AS pages
FROM reports AS r
WHERE r.site = {site:String} AND r.kind NOT IN ('census', 'inline_hash') AND ({page_group:String} = '' OR r.page_group = {page_group:String})
  AND r.received_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND r.received_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
GROUP BY day, page_group
ORDER BY day, page_group
