-- All destinations that were ever seen, for comparing with threat lists.
-- Parameters: none
-- Range: batch
-- For: the peers, when a threat list is new
SELECT toString(d.site) AS site, toString(d.page_group) AS page_group, d.destination AS destination,
       max(d.last_seen) AS last_seen, sum(d.reports) AS reports, uniqMerge(d.clients) AS clients
FROM destinations AS d
GROUP BY d.site, d.page_group, d.destination
ORDER BY site, page_group, destination
