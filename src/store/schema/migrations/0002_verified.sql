-- Whether the report came to an endpoint that the site had signed: what was made up without ever asking the
-- site for a page can be told apart.
ALTER TABLE ${database}.reports${on_cluster}
    ADD COLUMN IF NOT EXISTS verified Bool COMMENT 'came to a signed endpoint' AFTER pan_in_url;

ALTER TABLE ${database}.sightings${on_cluster}
    ADD COLUMN IF NOT EXISTS verified Bool COMMENT 'came to a signed endpoint' AFTER tag_signed;
