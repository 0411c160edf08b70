-- The destinations that alerts were about since a time, with the highest severity of each: what a collector without memory
-- goes on with.
-- Parameters: since (milliseconds since 1970)
-- Range: 1 d
-- For: `cspwatch serve`
SELECT a.site AS site, a.page_group AS page_group, a.destination AS destination,
       countIf(a.severity = 'page') > 0 AS is_page, max(a.told_at) AS told_at
FROM alerts AS a
WHERE a.alert IN ('unknown_destination', 'card_data_in_url') AND a.destination != ''
  AND a.told_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
GROUP BY site, page_group, destination
ORDER BY site, page_group, destination
