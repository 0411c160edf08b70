-- Policies that page groups began to carry as marks on a timeline. Grafana shows the text of a mark as HTML, so no tag may be
-- in it.
-- Parameters: site (empty: all), from, to (milliseconds since 1970)
-- Range: 24 h
-- For: dashboards Overview, Site and Incident
SELECT min(p.first_seen) AS time, concat('a policy (', toString(p.disposition), ')') AS title,
    replaceRegexpAll(concat(toString(p.site), ' / ', toString(p.page_group), ', ', substring(p.policy_hash, 1, 12)), '[<>&]', '?') AS text
FROM policies AS p
WHERE ({site:String} = '' OR site = {site:String})
GROUP BY p.site, p.page_group, p.policy_hash, p.disposition
HAVING time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND time < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
ORDER BY time, title, text
LIMIT 500
