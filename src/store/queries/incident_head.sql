-- A destination in one line: the facts that the first questions are about. `visitors` and `tags` are estimates (1 %), the
-- rest is exact. `stopped`: the share of the visitors whose browser enforces a policy against it.
-- Parameters: destination, site (empty: all)
-- Range: all
-- For: dashboard Incident
SELECT first_seen, last_seen, active_days, reports, visitors, tags, stopped,
    ifNull(
    (
        SELECT concat(replaceOne(toString(decision), '_within', ''), if(directive = '', '', concat(' for ', directive)),
                      if(page_group = '', '', concat(' on ', page_group)), ' by ', `by`)
        FROM decisions
        WHERE destination = {destination:String} AND ({site:String} = '' OR site = {site:String})
        ORDER BY decided_at DESC
        LIMIT 1
    ), 'none yet') AS decision
FROM
(
    SELECT min(seen_at) AS first_seen, max(seen_at) AS last_seen, uniqExact(toDate(seen_at)) AS active_days, count() AS reports,
        uniq(client) AS visitors, uniqIf(tag, tag != '') AS tags, uniqIf(client, disposition = 'enforce') / uniq(client) AS stopped
    FROM sightings
    WHERE destination = {destination:String} AND ({site:String} = '' OR site = {site:String})
    HAVING count() > 0
)
