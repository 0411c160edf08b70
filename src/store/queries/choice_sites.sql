-- The sites that ever reported.
-- Parameters: none
-- Range: all
-- For: all dashboards, to choose from
SELECT DISTINCT toString(site) AS site
FROM reports_by_day
WHERE dimension = 'kind'
ORDER BY site
