-- From when on there is something to export of each kind, and until when; a kind of which there is nothing has no row.
-- Parameters: none
-- Range: all
-- For: `cspwatch export`, so that a long range takes no queries about days on which there is nothing
SELECT about, min(first_at) AS first, max(last_at) AS last
FROM
(
    SELECT 'alerts' AS about, min(told_at) AS first_at, max(told_at) AS last_at FROM alerts HAVING count() > 0
    UNION ALL
    SELECT 'sightings' AS about, min(received_at) AS first_at, max(received_at) AS last_at FROM sightings HAVING count() > 0
    UNION ALL
    SELECT 'decisions' AS about, min(decided_at) AS first_at, max(decided_at) AS last_at FROM decisions HAVING count() > 0
    UNION ALL
    SELECT 'decisions' AS about, min(decided_at) AS first_at, max(decided_at) AS last_at FROM script_decisions HAVING count() > 0
)
GROUP BY about
ORDER BY about
