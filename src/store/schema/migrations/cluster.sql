-- Over the tables of a cluster's servers, one that everybody asks and inserts into. They hold no rows, so they are made
-- anew after each migration, with the columns that there are then. A row goes to a shard by what folds it: copies of one
-- violation meet there when parts are merged. Rollups, destinations, scripts and their failures are filled by views on
-- each shard, and nobody inserts into them here.
CREATE DATABASE IF NOT EXISTS ${shared}${on_cluster};

CREATE OR REPLACE TABLE ${shared}.reports${on_cluster} AS ${database}.reports
ENGINE = Distributed('${cluster}', ${database}, reports, cityHash64(fingerprint));

CREATE OR REPLACE TABLE ${shared}.sightings${on_cluster} AS ${database}.sightings
ENGINE = Distributed('${cluster}', ${database}, sightings, cityHash64(fingerprint));

CREATE OR REPLACE TABLE ${shared}.limited${on_cluster} AS ${database}.limited
ENGINE = Distributed('${cluster}', ${database}, limited, cityHash64(site, kind, minute));

CREATE OR REPLACE TABLE ${shared}.policies${on_cluster} AS ${database}.policies
ENGINE = Distributed('${cluster}', ${database}, policies, cityHash64(site, policy_hash));

CREATE OR REPLACE TABLE ${shared}.scripts${on_cluster} AS ${database}.scripts
ENGINE = Distributed('${cluster}', ${database}, scripts);

CREATE OR REPLACE TABLE ${shared}.decisions${on_cluster} AS ${database}.decisions
ENGINE = Distributed('${cluster}', ${database}, decisions, cityHash64(site, destination));

CREATE OR REPLACE TABLE ${shared}.script_decisions${on_cluster} AS ${database}.script_decisions
ENGINE = Distributed('${cluster}', ${database}, script_decisions, cityHash64(site, script_host, script_path));

CREATE OR REPLACE TABLE ${shared}.script_failures${on_cluster} AS ${database}.script_failures
ENGINE = Distributed('${cluster}', ${database}, script_failures);

CREATE OR REPLACE TABLE ${shared}.alerts${on_cluster} AS ${database}.alerts
ENGINE = Distributed('${cluster}', ${database}, alerts, cityHash64(site, destination));

CREATE OR REPLACE TABLE ${shared}.collectors${on_cluster} AS ${database}.collectors
ENGINE = Distributed('${cluster}', ${database}, collectors, cityHash64(collector));

CREATE OR REPLACE TABLE ${shared}.destinations${on_cluster} AS ${database}.destinations
ENGINE = Distributed('${cluster}', ${database}, destinations);

CREATE OR REPLACE TABLE ${shared}.reports_by_minute${on_cluster} AS ${database}.reports_by_minute
ENGINE = Distributed('${cluster}', ${database}, reports_by_minute);

CREATE OR REPLACE TABLE ${shared}.reports_by_hour${on_cluster} AS ${database}.reports_by_hour
ENGINE = Distributed('${cluster}', ${database}, reports_by_hour);

CREATE OR REPLACE TABLE ${shared}.reports_by_day${on_cluster} AS ${database}.reports_by_day
ENGINE = Distributed('${cluster}', ${database}, reports_by_day);

CREATE OR REPLACE TABLE ${shared}.violations_by_day${on_cluster} AS ${database}.violations_by_day
ENGINE = Distributed('${cluster}', ${database}, violations_by_day);

CREATE OR REPLACE TABLE ${shared}.notes${on_cluster} AS ${database}.notes
ENGINE = Distributed('${cluster}', ${database}, notes, cityHash64(site, destination));

CREATE OR REPLACE TABLE ${shared}.releases${on_cluster} AS ${database}.releases
ENGINE = Distributed('${cluster}', ${database}, releases, cityHash64(site));
CREATE OR REPLACE TABLE ${shared}.drills${on_cluster} AS ${database}.drills
ENGINE = Distributed('${cluster}', ${database}, drills, cityHash64(site));

CREATE OR REPLACE TABLE ${shared}.headers${on_cluster} AS ${database}.headers
ENGINE = Distributed('${cluster}', ${database}, headers, cityHash64(site));

CREATE OR REPLACE TABLE ${shared}.sighted_batches${on_cluster} AS ${database}.sighted_batches
ENGINE = Distributed('${cluster}', ${database}, sighted_batches);
