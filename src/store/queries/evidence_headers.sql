-- What was received of the security headers of a site's pages within a range, in the order of time. `failure`: the page could
-- not be fetched, and nothing is known of its headers.
-- Parameters: site, page_group (empty: all), from, to (milliseconds since 1970), limit
-- Range: 90 d
-- For: cspwatch evidence, the console
SELECT toString(site) AS site, toString(page_group) AS page_group, page, at, failure, headers
FROM headers
WHERE site = {site:String} AND ({page_group:String} = '' OR page_group = {page_group:String})
  AND at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
ORDER BY at, page, failure
LIMIT {limit:UInt64}
