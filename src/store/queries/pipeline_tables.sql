-- How many rows each table has, and in how many parts and bytes, on the server that answers.
-- Parameters: none
-- Range: all
-- For: dashboard Pipeline
SELECT table, sum(p.rows) AS rows, count() AS parts, sum(p.bytes_on_disk) AS bytes
FROM system.parts AS p
WHERE active AND database IN (currentDatabase(), concat(currentDatabase(), '_local'))
GROUP BY table
ORDER BY bytes DESC, table
