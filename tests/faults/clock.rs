//! Somebody sets the machine's clock, or it was wrong and is put right.

use crate::support::clickhouse::ClickHouse;
use crate::support::clock::Clock;
use crate::support::journal::assert_sound;
use crate::support::proxy::{Fault, Proxy};
use crate::support::trial::Trial;
use crate::support::until;

/// Settings of the clock: three days back from the first, then right, then years off, before and after.
const SETTINGS: [&str; 7] = ["+2d", "-1d", "+0d", "-402d", "-20000d", "+45000d", "+0d"];

#[test]
fn a_clock_that_is_set_anywhere_loses_nothing() {
    let clickhouse = ClickHouse::shared();
    let mut trial = Trial::start(clickhouse);
    let clock = Clock::new(trial.collector.place());
    trial.collector.restart_with_clock(&clock);
    trial.under_load(|issuer, collector| {
        collector.until_stored();
        for offset in SETTINGS {
            clock.set(offset);
            issuer.until_acknowledged(100);
            collector.until_stored();
            collector.kill_hard();
            collector.restart_with_clock(&clock);
            issuer.until_acknowledged(100);
            collector.until_stored();
        }
    });
    let verdict = trial.judge(clickhouse);
    verdict.assert_kept();
    let kept = format!("SELECT count() FROM {}.reports WHERE", trial.database);
    let off = clickhouse.query(&format!("{kept} abs(received_at - now()) > 4 * 86400"));
    assert_eq!(off, "0", "a time that nobody would look at, or that is deleted");
    assert!(trial.collector.terminate().success());
    assert_sound(&trial.collector.journal());
}

#[test]
fn a_clock_that_cannot_be_right_is_corrected_by_clickhouse_and_refuses_without() {
    for offset in ["-20000d", "-1100d", "-402d", "+45000d"] {
        let clickhouse = ClickHouse::shared();
        let proxy = Proxy::start(clickhouse.address());
        proxy.fail(Some(Fault::Closed));
        let mut trial = Trial::start_behind(&proxy, clickhouse);
        let clock = Clock::new(trial.collector.place());
        clock.set(offset);
        trial.collector.restart_with_clock(&clock);
        assert_eq!(trial.issuer.issue(trial.collector.public()), Some(503), "{offset}");
        let is_said = || trial.collector.readyz().body.contains("the machine's clock says");
        until(&format!("{offset} is said"), is_said);
        proxy.fail(None);
        until("corrected", || trial.collector.readyz().status == 200);
        let behind = trial.collector.metric("cspwatch_clock_behind_seconds").unwrap();
        assert!(behind.abs() > 300.0 * 86400.0, "{offset}: {behind}");
        trial.under_load(|issuer, _| issuer.until_acknowledged(10));
        trial.judge(clickhouse).assert_kept();
    }
}

/// Each attempt gives the rows of a segment that a wrong clock recorded the time of that moment. The answers to several are lost.
#[test]
fn what_a_wrong_clock_recorded_is_stored_once_however_often_it_is_sent() {
    let clickhouse = ClickHouse::shared();
    let proxy = Proxy::start(clickhouse.address());
    let mut trial = Trial::start_behind(&proxy, clickhouse);
    let clock = Clock::new(trial.collector.place());
    clock.set("+2d");
    trial.collector.restart_with_clock(&clock);
    proxy.fail(Some(Fault::Closed));
    trial.under_load(|issuer, collector| {
        issuer.until_acknowledged(100);
        collector.kill_hard();
        collector.restart();
    });
    for table in ["sightings", "reports"] {
        proxy.only(table);
        let lost = proxy.hits() + 3;
        proxy.fail(Some(Fault::CutAnswer(0)));
        until("answers are lost", || proxy.hits() >= lost);
        trial.collector.kill_hard();
        trial.collector.restart();
    }
    proxy.fail(None);
    trial.judge(clickhouse).assert_kept();
}

/// Its sightings are stored under one clock, and its reports are not; then the collector starts under the other clock. The times
/// of the two attempts are in different partitions, where ClickHouse does not know the token of the other.
#[test]
fn what_is_stored_in_part_is_stored_once_when_the_clock_is_set_in_between() {
    for [before, after] in [["+2d", "+0d"], ["+0d", "+2d"], ["+2d", "+1d"]] {
        let clickhouse = ClickHouse::shared();
        let proxy = Proxy::start(clickhouse.address());
        let mut trial = Trial::start_behind(&proxy, clickhouse);
        let clock = Clock::new(trial.collector.place());
        until("it is ready", || trial.collector.readyz().status == 200);
        // Recorded two days ahead in each case.
        clock.set("+2d");
        trial.collector.restart_with_clock(&clock);
        until("it is ready", || trial.collector.readyz().status == 200);
        proxy.fail(Some(Fault::Closed));
        trial.under_load(|issuer, collector| {
            issuer.until_acknowledged(50);
            collector.kill_hard();
        });
        clock.set(before);
        proxy.only("reports");
        proxy.fail(Some(Fault::Refused(241, "Memory limit exceeded")));
        let refused = proxy.hits();
        trial.collector.restart_with_clock(&clock);
        let sightings = format!("SELECT count() FROM {}.sightings", trial.database);
        until("sightings are stored", || clickhouse.query(&sightings) != "0");
        until("reports are refused", || proxy.hits() > refused);
        trial.collector.kill_hard();
        clock.set(after);
        trial.collector.restart_with_clock(&clock);
        proxy.fail(None);
        trial.collector.settle();
        trial.judge(clickhouse).assert_kept();
    }
}

#[test]
fn what_a_wrong_clock_recorded_has_a_right_time_also_out_of_quarantine() {
    let clickhouse = ClickHouse::shared();
    let mut trial = Trial::start(clickhouse);
    let clock = Clock::new(trial.collector.place());
    clock.set("+2d");
    let table = format!("{}.reports", trial.database);
    until("it is ready", || trial.collector.readyz().status == 200);
    clickhouse.query(&format!(
        "ALTER TABLE {table} ADD CONSTRAINT c CHECK NOT endsWith(blocked_path, '7')"
    ));
    trial.collector.restart_with_clock(&clock);
    trial.under_load(|issuer, collector| {
        issuer.until_acknowledged(50);
        collector.kill_hard();
        collector.restart();
    });
    until("some are in quarantine", || {
        trial.collector.metric("cspwatch_journal_quarantined_segments") > Some(0.0)
    });
    trial.collector.settle();
    clickhouse.query(&format!("ALTER TABLE {table} DROP CONSTRAINT c"));
    let (code, output) = trial.collector.resend();
    assert_eq!(code, Some(0), "{output}");
    trial.judge(clickhouse).assert_kept();
    let ahead = format!("SELECT count() FROM {table} WHERE received_at > now() + 3600");
    assert_eq!(clickhouse.query(&ahead), "0");
}
