-- How many of a destination's sightings are not reports of their own: a browser that heard no answer sends its report
-- again, up to 15 minutes later, and then another collector may get it. As a collector does with what it has seen itself
-- (src/fold/redelivery.rs): the same client, tag and violation at the same moment, received half a minute apart or more.
-- So one of the two is that old, and few are: only what has such a one is compared.
-- Parameters: destination, site (empty: all)
-- Range: all
-- For: dashboard Incident, `cspwatch incident`
SELECT sum(arrayCount(
    (first, again) -> again.1 - first.1 <= 2000 AND abs(again.2 - first.2) >= 30000 AND again.3 != first.3,
    arrayPopBack(deliveries), arrayPopFront(deliveries))) AS redelivered
FROM
(
    SELECT arraySort(groupArray((toUnixTimestamp64Milli(seen_at), toUnixTimestamp64Milli(received_at), batch_id))) AS deliveries
    FROM sightings
    WHERE destination = {destination:String} AND ({site:String} = '' OR site = {site:String})
      AND (client, tag, fingerprint) GLOBAL IN
      (
          SELECT client, tag, fingerprint
          FROM sightings
          WHERE destination = {destination:String} AND ({site:String} = '' OR site = {site:String})
            AND toUnixTimestamp64Milli(received_at) - toUnixTimestamp64Milli(seen_at) >= 28000
      )
    GROUP BY client, tag, fingerprint
    HAVING length(deliveries) > 1
)
