-- The page groups that ever reported.
-- Parameters: site (empty: all)
-- Range: all
-- For: dashboards Site and Scripts, to choose from
SELECT DISTINCT toString(page_group) AS page_group
FROM reports_by_day
WHERE dimension = 'kind' AND ({site:String} = '' OR site = {site:String})
ORDER BY page_group
