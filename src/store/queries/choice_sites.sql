-- The sites that ever reported.
-- Parameters: none
-- Range: all
-- For: `cspwatch console`, System and the menu of sites
SELECT DISTINCT toString(site) AS site
FROM reports_by_day
WHERE dimension = 'kind'
ORDER BY site
