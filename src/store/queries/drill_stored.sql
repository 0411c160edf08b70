-- Whether the report of a drill is stored: 1 or 0.
-- Parameters: site, destination, from (milliseconds since 1970)
-- Range: 10 min
-- For: cspwatch drill, cspwatch doctor
SELECT toUInt8(count() > 0) AS is_stored
FROM sightings
WHERE site = {site:String} AND destination = {destination:String}
  AND received_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
