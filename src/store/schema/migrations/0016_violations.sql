-- The view groups no more: a batch has one row for each violation that a browser blocked or only reported, and the table adds up
-- what has the same key. To group them again took half of the time of an INSERT.
ALTER TABLE ${database}.days_of_violations${on_cluster}
    MODIFY QUERY
SELECT
    toDate(r.received_at) AS day,
    r.destination AS destination,
    r.site AS site,
    r.page_group AS page_group,
    r.verdict AS verdict,
    r.disposition AS disposition,
    r.engine AS engine,
    r.fingerprint AS fingerprint,
    r.directive AS directive,
    r.blocked_host AS blocked_host,
    r.blocked_path AS blocked_path,
    r.document_path AS document_path,
    r.source_host AS source_host,
    r.source_path AS source_path,
    r.engine_version AS engine_version,
    r.first_seen AS first_seen,
    r.last_seen AS last_seen,
    false AS filled,
    r.count AS count
FROM ${database}.reports AS r
WHERE r.received_at >= '${since}' AND r.verdict IN ('unknown', 'impossible') AND r.destination != '';
