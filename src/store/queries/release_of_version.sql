-- The latest release of a site; with a version, the latest of that version.
-- Parameters: site, version (empty: any)
-- Range: all
-- For: cspwatch gate
SELECT toString(site) AS site, version, toString(environment) AS environment, at, `by`
FROM releases
WHERE site = {site:String} AND ({version:String} = '' OR version = {version:String})
ORDER BY at DESC
LIMIT 1
