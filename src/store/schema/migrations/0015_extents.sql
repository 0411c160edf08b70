-- Approvals that do not hold for the whole site. A collector of an earlier version takes a decision that it does not know as one
-- that takes back what held before; it would approve everywhere what is called `approve`.
ALTER TABLE ${database}.decisions${on_cluster}
    MODIFY COLUMN IF EXISTS decision Enum8('approve' = 1, 'ignore' = 2, 'forget' = 3, 'theft' = 4, 'approve_within' = 5);

ALTER TABLE ${database}.decisions${on_cluster}
    ADD COLUMN IF NOT EXISTS directive LowCardinality(String) DEFAULT '' COMMENT 'the approval is for this directive; empty: for all';

ALTER TABLE ${database}.decisions${on_cluster}
    ADD COLUMN IF NOT EXISTS page_group LowCardinality(String) DEFAULT '' COMMENT 'the approval is for this page group; empty: for all';
