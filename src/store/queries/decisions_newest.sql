-- The newest decision of each extent about each destination.
-- Parameters: none
-- Range: all
-- For: the peers
SELECT decided_at, site, destination, decision, directive, page_group, by, until
FROM decisions
ORDER BY decided_at DESC
LIMIT 1 BY site, destination, directive, page_group
