-- The scripts that called both a destination and another one, and the pages that both were seen on, from a day before the
-- one's first report to a day after its last. Of each at most ten are named.
-- Parameters: destination, sites, destinations (the others), from, to (its first and last report; milliseconds since 1970)
-- Range: all
-- For: `cspwatch incident`
WITH its AS
(
    SELECT site, document_path, source_host, source_path
    FROM violations_by_day
    WHERE site IN {sites:Array(String)} AND destination = {destination:String}
)
SELECT v.destination AS destination,
    arraySort(groupUniqArrayIf(10)((v.source_host, v.source_path), is_same_script)) AS scripts,
    arraySort(groupUniqArrayIf(10)(v.document_path, is_same_page)) AS pages
FROM
(
    SELECT destination, source_host, source_path, document_path,
        source_host != '' AND (site, source_host, source_path) GLOBAL IN (SELECT site, source_host, source_path FROM its) AS is_same_script,
        (site, document_path) GLOBAL IN (SELECT site, document_path FROM its) AS is_same_page
    FROM violations_by_day
    WHERE site IN {sites:Array(String)} AND destination IN {destinations:Array(String)}
      AND day >= toDate(fromUnixTimestamp64Milli({from:Int64}, 'UTC') - toIntervalDay(1))
      AND day <= toDate(fromUnixTimestamp64Milli({to:Int64}, 'UTC') + toIntervalDay(1))
) AS v
WHERE is_same_script OR is_same_page
GROUP BY v.destination
ORDER BY destination
