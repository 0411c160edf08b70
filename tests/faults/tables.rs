//! Somebody changes the tables meanwhile.

use crate::support::clickhouse::ClickHouse;
use crate::support::trial::Trial;
use crate::support::until;

/// Lets somebody drop something, and returns how many numbers had been handed out by then.
fn drop_under_load(trial: &mut Trial, clickhouse: &ClickHouse, what: &str) -> u64 {
    trial.under_load(|issuer, collector| {
        collector.until_stored();
        clickhouse.query(&format!("DROP {what} SYNC"));
        let issued = issuer.issued();
        issuer.until_acknowledged(200);
        collector.until_stored();
        issued
    })
}

#[test]
fn a_dropped_table_takes_with_it_what_it_held_and_no_more() {
    let clickhouse = ClickHouse::shared();
    let mut trial = Trial::start(clickhouse);
    let reports = format!("TABLE {}.reports", trial.database);
    let before = drop_under_load(&mut trial, clickhouse, &reports);
    let verdict = trial.judge(clickhouse);
    assert!(verdict.lost.iter().all(|number| *number < before), "{verdict}");
    assert!(verdict.double.is_empty() && verdict.invented.is_empty(), "{verdict}");
    assert_eq!(verdict.sightings, verdict.acknowledged, "the other tables have all: {verdict}");
    assert_eq!(verdict.destinations, verdict.acknowledged, "{verdict}");
}

#[test]
fn a_dropped_database_takes_with_it_what_it_held_and_no_more() {
    let clickhouse = ClickHouse::shared();
    let mut trial = Trial::start(clickhouse);
    let database = format!("DATABASE {}", trial.database);
    let before = drop_under_load(&mut trial, clickhouse, &database);
    let verdict = trial.judge(clickhouse);
    assert!(verdict.lost.iter().all(|number| *number < before), "{verdict}");
    assert!(verdict.double.is_empty() && verdict.invented.is_empty(), "{verdict}");
    assert_eq!(verdict.destinations, verdict.sightings, "{verdict}");
}

#[test]
fn a_table_that_is_away_for_a_while_loses_nothing() {
    let clickhouse = ClickHouse::shared();
    let mut trial = Trial::start(clickhouse);
    let reports = format!("{}.reports", trial.database);
    trial.under_load(|issuer, collector| {
        collector.until_stored();
        clickhouse.query(&format!("DETACH TABLE {reports} SYNC"));
        issuer.until_acknowledged(200);
        until("it is reported", || collector.readyz().status == 503);
        clickhouse.query(&format!("ATTACH TABLE {reports}"));
        collector.until_stored();
    });
    trial.judge(clickhouse).assert_kept();
}

#[test]
fn a_table_with_too_many_parts_is_waited_for() {
    let clickhouse = ClickHouse::shared();
    let mut trial = Trial::start(clickhouse);
    let reports = format!("{}.reports", trial.database);
    trial.under_load(|issuer, collector| {
        collector.until_stored();
        let settings = "parts_to_delay_insert = 1, parts_to_throw_insert = 1";
        clickhouse.query(&format!("ALTER TABLE {reports} MODIFY SETTING {settings}"));
        issuer.until_acknowledged(200);
        until("it is reported", || collector.readyz().body.contains("TOO_MANY_PARTS"));
        let settings = "parts_to_delay_insert, parts_to_throw_insert";
        clickhouse.query(&format!("ALTER TABLE {reports} RESET SETTING {settings}"));
        collector.until_stored();
    });
    trial.judge(clickhouse).assert_kept();
}
