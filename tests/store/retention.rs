//! How long rows are kept: what the configuration says, ClickHouse does.

use cspwatch::config::Retention;
use cspwatch::store::schema::{Placement, keep, migrate};

use crate::support::clickhouse::ClickHouse;
use crate::support::{block_on, until};

struct Stand {
    clickhouse: &'static ClickHouse,
    database: String,
}

impl Stand {
    /// Tables with a report and a sighting of a hundred days ago, and the same of yesterday, each once noise.
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

    fn keep(&self, retention: &Retention) -> Vec<&'static str> {
        let client = self.clickhouse.client(&self.database);
        block_on(keep(&client, &Placement::single(&self.database), retention)).unwrap()
    }

    /// Waits until merges left so many reports that are none, so many that are noise, and so many sightings.
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
fn the_defaults_are_those_of_the_tables() {
    let stand = Stand::new();
    assert_eq!(stand.keep(&Retention::default()), Vec::<&str>::new());
    // Noise of a hundred days ago is over already.
    stand.until_left("2 1 2");
}

#[test]
fn a_shorter_one_holds_for_what_is_stored_and_is_set_once() {
    let stand = Stand::new();
    let shorter = Retention { violations: Some(30), sightings: Some(30), ..Retention::default() };
    let changed =
        ["reports", "reports_by_hour", "reports_by_day", "limited", "script_failures", "sightings"];
    let changed = [&changed[..], &["violations_by_day"]].concat();
    assert_eq!(stand.keep(&shorter), changed);
    assert_eq!(stand.keep(&shorter), Vec::<&str>::new());
    stand.until_left("1 1 1");
}

#[test]
fn for_ever_is_for_ever_and_can_be_taken_back() {
    let stand = Stand::new();
    let for_ever = Retention { noise: None, violations: None, sightings: None, evidence: None };
    assert_eq!(stand.keep(&for_ever).len(), 9);
    assert_eq!(stand.keep(&for_ever), Vec::<&str>::new());
    let noise_alone = Retention { noise: Some(30), ..for_ever };
    assert_eq!(stand.keep(&noise_alone), ["reports", "reports_by_hour"]);
    stand.until_left("2 1 2");
    assert_eq!(stand.keep(&Retention::default()).len(), 9);
}
