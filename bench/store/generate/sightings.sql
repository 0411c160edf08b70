-- The sightings of those rows: one for each report of an unknown or impossible destination, or of an integrity kind.
-- A site has 200,000 visitors in 40,000 networks; on payment pages it tags its reports with the order.
SELECT
    batch_id,
    received_at,
    first_seen + toIntervalMillisecond(intDiv(dateDiff('millisecond', first_seen, last_seen) * report, count)) AS seen_at,
    site,
    page_group,
    destination,
    directive,
    disposition,
    channel,
    verdict,
    kind,
    document_path,
    bitOr(bitShiftLeft(cityHash64({seed:UInt64}, 'network', site, visitor % 40000), 32), cityHash64({seed:UInt64}, 'client', site, visitor) % 4294967296) AS client,
    if(page_group = 'payment', concat('ord-', lower(hex(cityHash64({seed:UInt64}, 'order', site, visitor)))), '') AS tag,
    false AS tag_signed,
    verified,
    engine != 'chromium' AS extensionless,
    fingerprint
FROM
(
    SELECT *, arrayJoin(range(count)) AS report, cityHash64({seed:UInt64}, fingerprint, batch_id, report) % 200000 AS visitor
    FROM (${rows})
    WHERE verdict IN ('unknown', 'impossible') OR kind = 'integrity'
)
