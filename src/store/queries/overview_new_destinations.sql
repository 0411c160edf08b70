-- How many destinations that nobody expects were first seen within the range: a count beside a list that may be empty.
-- Parameters: site (empty: all), from, to (milliseconds since 1970)
-- Range: 24 h
-- For: dashboard Overview
SELECT count() AS destinations
FROM
(
    SELECT d.site, d.destination, min(d.first_seen) AS first
    FROM destinations AS d
    WHERE ({site:String} = '' OR site = {site:String})
    GROUP BY d.site, d.destination
    HAVING first >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND first < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
       AND hasAny(groupUniqArrayArray(d.verdicts), ['unknown', 'impossible'])
)
