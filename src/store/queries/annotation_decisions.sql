-- People's decisions about destinations and scripts as marks on a timeline. Grafana shows the text of a mark as HTML, so no
-- tag may be in it.
-- Parameters: site, destination (empty: all), from, to (milliseconds since 1970)
-- Range: 24 h
-- For: dashboards Overview, Site, Incident and Scripts
SELECT time, replaceRegexpAll(title, '[<>&]', '?') AS title, replaceRegexpAll(text, '[<>&]', '?') AS text
FROM
(
    SELECT decided_at AS time, concat(replaceOne(toString(decision), '_within', ''), if(directive = '', '', concat(' for ', directive)),
               if(page_group = '', '', concat(' on ', page_group)), ' by ', `by`) AS title,
        concat(toString(site), ', ', replaceAll(destination, '.', '[.]'), ': ', why) AS text, site
    FROM decisions
    WHERE ({destination:String} = '' OR destination = {destination:String})
    UNION ALL
    SELECT decided_at AS time, concat(toString(decision), ' a script, by ', `by`) AS title,
        concat(toString(site), ', ', replaceAll(script_host, '.', '[.]'), script_path, ': ', justification) AS text, site
    FROM script_decisions
    WHERE {destination:String} = ''
)
WHERE time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND time < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
  AND ({site:String} = '' OR site = {site:String})
ORDER BY time, title, text
LIMIT 500
