-- The newest decision about each destination.
-- Parameters: none
-- Range: all
-- For: the peers
SELECT decided_at, site, destination, decision, by, until
FROM decisions
ORDER BY decided_at DESC
LIMIT 1 BY site, destination
