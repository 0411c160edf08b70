-- The newest decision about each script.
-- Parameters: none
-- Range: all
-- For: the peers
SELECT s.decided_at AS decided_at, toString(s.site) AS site, toString(s.page_group) AS page_group, s.script_host AS script_host,
       s.script_path AS script_path, s.hash AS hash, s.decision = 'approve' AS is_approved
FROM script_decisions AS s
ORDER BY s.decided_at DESC
LIMIT 1 BY site, page_group, script_host, script_path, hash
