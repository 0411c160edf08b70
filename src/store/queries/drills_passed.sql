-- When the last drill of each site passed; where none did, when the first one was tried. Those of `cspwatch doctor` do not try the pager.
-- Parameters: none
-- Range: all
-- For: the peers
SELECT toString(site) AS site, if(countIf(passed) > 0, maxIf(at, passed), min(at)) AS since
FROM drills
WHERE goal = 'delivered'
GROUP BY site
ORDER BY site
