-- The page groups of a site of which a browser ever reported for `Integrity-Policy`.
-- Parameters: site
-- Range: all
-- For: `cspwatch policy`
SELECT DISTINCT toString(page_group) AS page_group
FROM reports_by_day
WHERE dimension = 'kind' AND value = 'integrity' AND site = {site:String}
ORDER BY page_group
