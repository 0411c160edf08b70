//! How long rows are kept: ClickHouse applies what the configuration says.

use cspwatch::config::Retention;
use cspwatch::store::schema::{Placement, apply_retention, migrate};

use crate::support::clickhouse::ClickHouse;
use crate::support::{block_on, until};

/// Tables with rows of several ages.
struct StoredRows {
    clickhouse: &'static ClickHouse,
    database: String,
}

impl StoredRows {
    /// Stores two reports, one of them noise, and a sighting a hundred days ago, and the same yesterday.
    fn new() -> Self {
        let (clickhouse, database) = (ClickHouse::shared(), ClickHouse::shared().fresh_database());
        block_on(migrate(&clickhouse.client(&database), &Placement::single(&database))).unwrap();
        for days in [100, 1] {
            clickhouse.query(&format!(
                "INSERT INTO {database}.reports (received_at, site, verdict, count) \
                 SELECT now64(3) - INTERVAL {days} DAY, 'shop', arrayJoin(['unknown', 'noise']), 1"
            ));
            clickhouse.query(&format!(
                "INSERT INTO {database}.sightings (received_at, site) SELECT now64(3) - INTERVAL {days} DAY, 'shop'"
            ));
        }
        Self { clickhouse, database }
    }

    fn apply(&self, retention: &Retention) -> Vec<&'static str> {
        let client = self.clickhouse.client(&self.database);
        block_on(apply_retention(&client, &Placement::single(&self.database), retention)).unwrap()
    }

    /// Waits until merges have left this many reports without noise, reports that are noise, and sightings.
    fn until_left(&self, expected: &str) {
        let Self { clickhouse, database } = self;
        until(&format!("left: {expected}"), || {
            for table in ["reports", "sightings"] {
                clickhouse.query(&format!("OPTIMIZE TABLE {database}.{table} FINAL"));
            }
            let left = format!(
                "SELECT countIf(verdict != 'noise'), countIf(verdict = 'noise'), \
                 (SELECT count() FROM {database}.sightings) FROM {database}.reports FORMAT TSV"
            );
            clickhouse.query(&left).replace('\t', " ") == expected
        });
    }
}

#[test]
fn the_tables_have_the_default_retention() {
    let rows = StoredRows::new();
    // What is seen again and again expires when it is no longer seen; the files of the schema do not say so.
    let seen = ["destinations", "policies", "scripts"];
    assert_eq!(rows.apply(&Retention::default()), seen);
    assert_eq!(rows.apply(&Retention::default()), Vec::<&str>::new());
    // Noise of a hundred days ago has expired already.
    rows.until_left("2 1 2");
}

#[test]
fn a_shorter_retention_applies_to_stored_rows_and_is_set_once() {
    let rows = StoredRows::new();
    let shorter = Retention { violations: Some(30), sightings: Some(30), ..Retention::default() };
    let changed =
        ["reports", "reports_by_hour", "reports_by_day", "limited", "script_failures", "sightings"];
    let changed =
        [&changed[..], &["violations_by_day", "destinations", "policies", "scripts"]].concat();
    assert_eq!(rows.apply(&shorter), changed);
    assert_eq!(rows.apply(&shorter), Vec::<&str>::new());
    rows.until_left("1 1 1");
}

#[test]
fn rows_can_be_kept_for_ever_and_that_can_be_undone() {
    let rows = StoredRows::new();
    let for_ever = Retention { noise: None, violations: None, sightings: None, evidence: None };
    assert_eq!(rows.apply(&for_ever).len(), 10);
    assert_eq!(rows.apply(&for_ever), Vec::<&str>::new());
    let noise_alone = Retention { noise: Some(30), ..for_ever };
    assert_eq!(rows.apply(&noise_alone), ["reports", "reports_by_hour"]);
    rows.until_left("2 1 2");
    assert_eq!(rows.apply(&Retention::default()).len(), 13);
}
