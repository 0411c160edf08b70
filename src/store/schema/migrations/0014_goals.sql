-- To which stage a drill was to get: `cspwatch doctor` follows its own until they are stored, and they say nothing of the pager.
ALTER TABLE ${database}.drills${on_cluster}
    ADD COLUMN IF NOT EXISTS goal LowCardinality(String) DEFAULT 'delivered' COMMENT 'the stage that it was to get to: delivered, or stored of cspwatch doctor';
