//! Somebody takes the journal's directory away, or files out of it.

use std::fs;

use crate::support::clickhouse::ClickHouse;
use crate::support::proxy::{Fault, Proxy};
use crate::support::trial::Trial;
use crate::support::until;

#[test]
fn a_directory_that_is_away_for_a_while_loses_nothing() {
    let clickhouse = ClickHouse::shared();
    let mut trial = Trial::start(clickhouse);
    trial.under_load(|issuer, collector| {
        issuer.until_acknowledged(100);
        let (here, away) = (collector.journal(), collector.place().join("away"));
        fs::rename(&here, &away).unwrap();
        issuer.until_refused();
        // Another directory in its place is not the journal.
        fs::create_dir(&here).unwrap();
        issuer.until_refused();
        fs::remove_dir(&here).unwrap();
        fs::rename(&away, &here).unwrap();
        issuer.until_acknowledged(100);
    });
    let verdict = trial.judge(clickhouse);
    verdict.assert_kept();
    assert_eq!(verdict.stored, verdict.acknowledged, "what was refused is not kept: {verdict}");
}

#[test]
fn a_removed_directory_is_told_until_a_restart() {
    let clickhouse = ClickHouse::shared();
    let mut trial = Trial::start(clickhouse);
    trial.collector.settle();
    fs::remove_dir_all(trial.collector.journal()).unwrap();
    assert_eq!(trial.issuer.issue(trial.collector.public()), Some(503));
    assert!(trial.collector.metric("cspwatch_journal_errors_total") >= Some(1.0));
    trial.collector.restart();
    assert_eq!(trial.issuer.issue(trial.collector.public()), Some(204));
    trial.judge(clickhouse).assert_kept();
}

#[test]
fn a_removed_segment_loses_what_it_held_and_does_not_hold_up_the_others() {
    let clickhouse = ClickHouse::shared();
    let proxy = Proxy::start(clickhouse.address());
    let mut trial = Trial::start_behind(&proxy, clickhouse);
    until("ClickHouse was reached", || trial.collector.readyz().status == 200);
    proxy.fail(Some(Fault::Closed));
    assert_eq!(trial.issuer.issue(trial.collector.public()), Some(204));
    let segment = trial.collector.journal().join("segment-0000000000000001.log");
    fs::remove_file(segment).unwrap();
    trial.under_load(|issuer, _| issuer.until_acknowledged(10));
    proxy.fail(None);
    let verdict = trial.judge(clickhouse);
    assert_eq!(verdict.lost, [0], "what was removed, and no more: {verdict}");
    assert_eq!(verdict.stored + 1, verdict.acknowledged, "{verdict}");
}
