-- What changes whenever an alert is raised or a person decides: whether an open page is still true. A subquery may be NULL
-- for ClickHouse, although an aggregate always has a row.
-- Parameters: none
-- Range: all
-- For: the console
SELECT assumeNotNull((SELECT max(told_at) FROM alerts)) AS last_alert,
       assumeNotNull((SELECT uniqExact(told_at, site, page_group, alert, destination, severity) FROM alerts)) AS alerts,
       assumeNotNull((SELECT count() FROM decisions)) AS decisions,
       assumeNotNull((SELECT count() FROM script_decisions)) AS script_decisions,
       assumeNotNull((SELECT count() FROM notes)) AS notes,
       assumeNotNull((SELECT count() FROM releases)) AS releases
