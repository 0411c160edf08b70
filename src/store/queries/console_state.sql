-- What changes whenever an alert is raised or a person decides: whether an open page is still true.
-- Parameters: none
-- Range: all
-- For: the console
SELECT (SELECT max(told_at) FROM alerts) AS last_alert,
       (SELECT uniqExact(told_at, site, page_group, alert, destination, severity) FROM alerts) AS alerts,
       (SELECT count() FROM decisions) AS decisions,
       (SELECT count() FROM script_decisions) AS script_decisions,
       (SELECT count() FROM notes) AS notes,
       (SELECT count() FROM releases) AS releases
