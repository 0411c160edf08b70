-- Both deduplication windows for the tables of earlier versions, which had one of them: plain tables that ClickHouse Cloud
-- replicates forgot tokens after an hour, and a journal may wait for longer.
ALTER TABLE ${database}.reports${on_cluster}
    MODIFY SETTING ${window};

ALTER TABLE ${database}.sightings${on_cluster}
    MODIFY SETTING ${window};

ALTER TABLE ${database}.limited${on_cluster}
    MODIFY SETTING ${window};

ALTER TABLE ${database}.destinations${on_cluster}
    MODIFY SETTING ${window};

ALTER TABLE ${database}.policies${on_cluster}
    MODIFY SETTING ${window};

ALTER TABLE ${database}.scripts${on_cluster}
    MODIFY SETTING ${window};

ALTER TABLE ${database}.decisions${on_cluster}
    MODIFY SETTING ${window};

ALTER TABLE ${database}.reports_by_minute${on_cluster}
    MODIFY SETTING ${window};

ALTER TABLE ${database}.reports_by_hour${on_cluster}
    MODIFY SETTING ${window};

ALTER TABLE ${database}.reports_by_day${on_cluster}
    MODIFY SETTING ${window};

ALTER TABLE ${database}.violations_by_day${on_cluster}
    MODIFY SETTING ${window};

ALTER TABLE ${database}.alerts${on_cluster}
    MODIFY SETTING ${window};

ALTER TABLE ${database}.script_decisions${on_cluster}
    MODIFY SETTING ${window};

ALTER TABLE ${database}.script_failures${on_cluster}
    MODIFY SETTING ${window};

ALTER TABLE ${database}.collectors${on_cluster}
    MODIFY SETTING ${window};
