-- When the last drill of each site passed; where none did, when the first one was tried.
-- Parameters: none
-- Range: all
-- For: the peers
SELECT toString(site) AS site, if(countIf(passed) > 0, maxIf(at, passed), min(at)) AS since
FROM drills
GROUP BY site
ORDER BY site
