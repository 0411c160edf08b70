-- Files of which browsers began to report another hash as marks on a timeline. A file that is new is none: on the first day
-- all are. Grafana shows the text of a mark as HTML, so no tag may be in it.
-- Parameters: site (empty: all), from, to (milliseconds since 1970)
-- Range: 24 h
-- For: dashboards Overview, Site, Incident and Scripts
SELECT first AS time, 'a script changed' AS title,
    replaceRegexpAll(concat(site, ' / ', page_group, ', ', replaceAll(script_host, '.', '[.]'), script_path), '[<>&]', '?') AS text
FROM
(
    SELECT *, min(first) OVER (PARTITION BY site, page_group, script_host, script_path) AS began
    FROM
    (
        SELECT toString(s.site) AS site, toString(s.page_group) AS page_group, s.script_host AS script_host, s.script_path AS script_path,
            min(s.first_seen) AS first
        FROM scripts AS s
        WHERE ({site:String} = '' OR site = {site:String}) AND s.script_host != ''
        GROUP BY s.site, s.page_group, s.script_host, s.script_path, s.hash
    )
)
WHERE first > began AND first >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND first < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
ORDER BY time, title, text
LIMIT 500
