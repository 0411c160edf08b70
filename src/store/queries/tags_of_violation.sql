-- The tags of a violation's reports, the latest first: sessions or orders, as the site named them.
-- Parameters: site, fingerprint, from, to (milliseconds since 1970), limit
-- Range: 24 h
-- For: the console
SELECT s.tag AS tag, max(s.tag_signed) AS signed, max(s.seen_at) AS last, count() AS reports
FROM sightings AS s
WHERE s.site = {site:String} AND s.fingerprint = {fingerprint:UInt128} AND s.tag != ''
  AND s.received_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND s.received_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
GROUP BY s.tag
ORDER BY last DESC, tag
LIMIT {limit:UInt64}
