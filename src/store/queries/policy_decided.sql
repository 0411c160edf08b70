-- The newest decision about each destination of a site, with who made it and why.
-- Parameters: site
-- Range: all
-- For: `cspwatch policy`
SELECT destination, decision, `by`, why, decided_at, until
FROM
(
    SELECT n.destination AS destination, n.decision AS decision, n.by AS `by`, n.why AS why, n.decided_at AS decided_at, n.until AS until
    FROM decisions AS n
    WHERE n.site = {site:String}
    ORDER BY n.decided_at DESC LIMIT 1 BY n.destination
)
ORDER BY destination
