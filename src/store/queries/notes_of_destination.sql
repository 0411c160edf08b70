-- What people wrote down about a destination, the latest first.
-- Parameters: site, destination, limit
-- Range: all
-- For: the console
SELECT noted_at, `by`, note
FROM notes
WHERE site = {site:String} AND destination = {destination:String}
ORDER BY noted_at DESC
LIMIT {limit:UInt64}
