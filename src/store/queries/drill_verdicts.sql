-- As what the report of a drill is stored: under which sites, and with which verdicts.
-- Parameters: destination, from (milliseconds since 1970)
-- Range: 10 min
-- For: cspwatch doctor
SELECT DISTINCT toString(site) AS site, toString(verdict) AS verdict
FROM reports
WHERE destination = {destination:String} AND received_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
ORDER BY site, verdict
