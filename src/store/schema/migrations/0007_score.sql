-- Whether the browser cannot have extensions: collectors that read each other's sightings score alike. Older rows say false.
ALTER TABLE ${database}.sightings${on_cluster}
    ADD COLUMN IF NOT EXISTS extensionless Bool COMMENT 'the browser cannot have extensions, as far as it says what it is' AFTER verified;

-- What an alert's finding amounts to, and all of its destinations.
ALTER TABLE ${database}.alerts${on_cluster}
    ADD COLUMN IF NOT EXISTS score Nullable(Float64) COMMENT 'of alerts about destinations and code; docs/detection.md explains it' AFTER reasons;

ALTER TABLE ${database}.alerts${on_cluster}
    ADD COLUMN IF NOT EXISTS destinations Array(String) COMMENT 'of a finding that has several, the leader first' AFTER score;
