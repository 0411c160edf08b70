-- Hosts of scripts, styles and workers that the policy does not allow and that nobody approved, the latest first.
-- Parameters: site (empty: all), page_group (empty: all), limit
-- Range: all
-- For: dashboard Scripts
WITH latest AS
(
    SELECT d.site AS site, d.page_group AS page_group, d.destination AS destination
    FROM destinations AS d
    WHERE d.channel = 'load'
      AND ({site:String} = '' OR site = {site:String}) AND ({page_group:String} = '' OR page_group = {page_group:String})
      AND (d.site, d.destination) GLOBAL NOT IN
      (
          SELECT site, destination
          FROM (SELECT site, destination, decision, until FROM decisions ORDER BY decided_at DESC LIMIT 1 BY site, destination)
          WHERE decision IN ('approve', 'ignore') AND ifNull(until > now64(3), true)
      )
    GROUP BY d.site, d.page_group, d.destination
    -- Files that failed their integrity check are in the table as well, whoever they belong to.
    HAVING hasAny(groupUniqArrayArray(d.verdicts), ['unknown', 'impossible'])
    ORDER BY max(d.last_seen) DESC, site, page_group, destination
    LIMIT {limit:UInt64}
)
SELECT toString(d.site) AS site, toString(d.page_group) AS page_group, d.destination AS destination,
       min(d.first_seen) AS first, max(d.last_seen) AS last, sum(d.reports) AS reports, uniqMerge(d.clients) AS clients
FROM destinations AS d
WHERE d.channel = 'load' AND (d.site, d.page_group, d.destination) GLOBAL IN (SELECT site, page_group, destination FROM latest)
GROUP BY d.site, d.page_group, d.destination
ORDER BY last DESC, site, page_group, destination
