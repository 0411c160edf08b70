-- The newest decision of each extent about each destination of a site, with who made it and why, the newest first.
-- Parameters: site
-- Range: all
-- For: `cspwatch policy`
SELECT destination, decision, directive, page_group, `by`, why, decided_at, until
FROM
(
    SELECT n.destination AS destination, n.decision AS decision, toString(n.directive) AS directive,
           toString(n.page_group) AS page_group, n.by AS `by`, n.why AS why, n.decided_at AS decided_at, n.until AS until
    FROM decisions AS n
    WHERE n.site = {site:String}
    ORDER BY n.decided_at DESC LIMIT 1 BY n.destination, n.directive, n.page_group
)
ORDER BY decided_at DESC, destination, directive, page_group
