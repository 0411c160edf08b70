//! ClickHouse refuses rows for what they hold.

use crate::support::clickhouse::ClickHouse;
use crate::support::collector::{Collector, cspwatch};
use crate::support::trial::Trial;
use crate::support::until;

const QUARANTINED: &str = "cspwatch_journal_quarantined_segments";

/// Waits until one more segment is in quarantine.
#[track_caller]
fn until_quarantined(collector: &Collector) {
    let before = collector.metric(QUARANTINED);
    until("one more is in quarantine", || collector.metric(QUARANTINED) > before);
}

#[test]
fn rows_are_parked_the_rest_is_stored_and_they_follow_when_the_cause_is_mended() {
    let clickhouse = ClickHouse::shared();
    let mut trial = Trial::start(clickhouse);
    let table = format!("{}.reports", trial.database);
    // One row of a thousand: to find one takes some twenty INSERTs, and all wait for it.
    let refuse =
        format!("ALTER TABLE {table} ADD CONSTRAINT c CHECK NOT endsWith(blocked_path, '777')");
    let fix = format!("ALTER TABLE {table} DROP CONSTRAINT c");
    trial.under_load(|issuer, collector| {
        collector.until_stored();
        for _ in 0..3 {
            clickhouse.query(&refuse);
            until_quarantined(collector);
            // It may have sent a half of a segment whose other half is taken by now.
            collector.kill_hard();
            clickhouse.query(&fix);
            collector.restart();
            issuer.until_acknowledged(50);
        }
        clickhouse.query(&refuse);
        until_quarantined(collector);
    });
    let verdict = trial.judge(clickhouse);
    assert!(!verdict.lost.is_empty(), "{verdict}");
    assert!(verdict.double.is_empty() && verdict.invented.is_empty(), "{verdict}");
    let directory = trial.collector.journal();
    let (_, shown) = cspwatch(&["journal", "inspect", directory.to_str().unwrap()]);
    assert!(shown.contains("VIOLATED_CONSTRAINT"), "{shown}");

    let (code, output) = trial.collector.resend();
    assert!(code == Some(1) && output.contains("still refuses"), "{output}");
    clickhouse.query(&fix);
    let (code, output) = trial.collector.resend();
    assert!(code == Some(0) && output.contains("the segment left the quarantine"), "{output}");
    trial.judge(clickhouse).assert_kept();
    assert_eq!(trial.collector.metric(QUARANTINED), Some(0.0));
    let (code, output) = trial.collector.resend();
    assert!(code == Some(0) && output.contains("0 segments in quarantine"), "{output}");
}

#[test]
fn a_view_that_cannot_take_a_row_is_waited_for() {
    let clickhouse = ClickHouse::shared();
    let mut trial = Trial::start(clickhouse);
    let database = trial.database.clone();
    trial.under_load(|issuer, collector| {
        collector.until_stored();
        clickhouse.query(&format!(
            "CREATE TABLE {database}.strict (path String, CONSTRAINT c CHECK NOT endsWith(path, '77')) \
             ENGINE = MergeTree ORDER BY path"
        ));
        // The table itself has the rows before the view fails.
        clickhouse.query(&format!(
            "CREATE MATERIALIZED VIEW {database}.to_strict TO {database}.strict \
             AS SELECT blocked_path AS path FROM {database}.reports"
        ));
        issuer.until_acknowledged(200);
        until("it is reported", || collector.readyz().body.contains("VIOLATED_CONSTRAINT"));
        clickhouse.query(&format!("DROP VIEW {database}.to_strict SYNC"));
        collector.until_stored();
    });
    trial.judge(clickhouse).assert_kept();
}
