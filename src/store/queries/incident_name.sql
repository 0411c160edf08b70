-- A destination as text that no program makes a link of, and whether it was ever seen.
-- Parameters: destination, site (empty: all)
-- Range: all
-- For: dashboard Incident
WITH replaceAll(replaceRegexpAll(substring({destination:String}, 1, 253), '[^!-~]', '?'), '.', '[.]') AS name
SELECT multiIf(
    name = '', 'Type a destination above, or open the list at the end of the page',
    seen = 0, concat(name, ' was not reported'),
    name) AS destination
FROM
(
    SELECT count() AS seen
    FROM sightings
    WHERE destination = {destination:String} AND ({site:String} = '' OR site = {site:String})
)
