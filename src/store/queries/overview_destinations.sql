-- Destinations that were seen lately and nobody expects, each with what a person needs to begin: how severe and why, since
-- when, how many visitors, whether browsers stopped it, what was decided. Those with an alert first, so that inventing
-- others pushes none off the list. A decision that came after the alert ends it.
-- Parameters: site (empty: all), from (milliseconds since 1970), limit
-- Range: 24 h
-- For: dashboard Overview
WITH latest AS
(
    SELECT site, page_group, destination, max(seen_at) AS last_seen, count() AS reports, uniq(client) AS visitors,
           uniqIf(client, disposition = 'enforce') AS stopped_of
    FROM sightings
    WHERE received_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND destination != '' AND verdict IN ('unknown', 'impossible')
      AND ({site:String} = '' OR site = {site:String})
    GROUP BY site, page_group, destination
),
decided AS
(
    SELECT site, destination, toString(decision) AS decision, `by`, decided_at
    FROM decisions
    ORDER BY decided_at DESC
    LIMIT 1 BY site, destination
),
raised AS
(
    SELECT site, page_group, named AS destination, min(told_at) AS since, max(told_at) AS told, argMax(severity, told_at) AS severity,
           argMax(reasons, told_at) AS reasons
    FROM
    (
        SELECT a.site AS site, a.page_group AS page_group, a.told_at AS told_at, a.severity AS severity, a.reasons AS reasons,
               arrayJoin(if(empty(a.destinations), [a.destination], a.destinations)) AS named
        FROM alerts AS a
        WHERE a.alert IN ('unknown_destination', 'card_data_in_url', 'threat_in_history')
          AND a.told_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') - toIntervalDay(30)
    )
    GROUP BY site, page_group, named
),
listed AS
(
    SELECT latest.site AS site, latest.page_group AS page_group, latest.destination AS destination, last_seen, reports, visitors, stopped_of,
           if(told > decided_at, severity, '') AS severity, if(told > decided_at, reasons, []) AS reasons, decision, `by`
    FROM latest
    LEFT JOIN raised USING (site, page_group, destination)
    LEFT JOIN decided USING (site, destination)
    ORDER BY severity = 'page' DESC, severity = 'ticket' DESC, last_seen DESC, site, page_group, destination
    LIMIT {limit:UInt64}
)
SELECT severity, destination, toString(listed.site) AS site, toString(listed.page_group) AS page_group,
       arrayStringConcat(reasons, '; ') AS why, first_seen, last_seen, visitors, reports,
       multiIf(stopped_of = 0, 'no', stopped_of < visitors, 'for some', 'yes') AS stopped,
       if(decision = '', '', concat(decision, ' by ', `by`)) AS decision
FROM listed
LEFT JOIN
(
    SELECT site, page_group, destination, min(d.first_seen) AS first_seen
    FROM destinations AS d
    WHERE (site, page_group, destination) GLOBAL IN (SELECT site, page_group, destination FROM listed)
    GROUP BY site, page_group, destination
) AS ever USING (site, page_group, destination)
ORDER BY severity = 'page' DESC, severity = 'ticket' DESC, last_seen DESC, site, page_group, destination
