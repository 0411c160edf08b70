-- A destination's exposure: exact first and last, and how much. `clients` and `tags` are estimates (1 %), the rest is exact.
-- Parameters: destination, site (empty: all)
-- Range: all
-- For: `cspwatch incident`
SELECT
    min(seen_at) AS first_seen,
    max(seen_at) AS last_seen,
    count() AS reports,
    uniq(client) AS clients,
    uniq(bitShiftRight(client, 32)) AS networks,
    uniqIf(tag, tag != '') AS tags,
    countIf(tag = '') AS without_tag,
    arraySort(groupUniqArray(toDate(seen_at))) AS active_days,
    arraySort(groupUniqArray(toString(site))) AS sites,
    arraySort(groupUniqArray(toString(page_group))) AS page_groups
FROM sightings
WHERE destination = {destination:String} AND ({site:String} = '' OR site = {site:String})
