//! ClickHouse itself fails.

use rustix::process::{Pid, Signal, kill_process};

use crate::support::clickhouse::ClickHouse;
use crate::support::collector::{Collector, SHOP};
use crate::support::trial::Trial;
use crate::support::until;

#[test]
fn killed_under_load_and_started_again() {
    let mut clickhouse = ClickHouse::start();
    let mut trial = Trial::start(&clickhouse);
    trial.under_load(|issuer, collector| {
        for _ in 0..3 {
            collector.until_stored();
            clickhouse.kill_hard();
            // Nobody listens now; browsers do not notice.
            issuer.until_acknowledged(200);
            until("it is reported", || collector.readyz().status == 503);
            clickhouse.restart();
        }
        collector.until_stored();
    });
    trial.judge(&clickhouse).assert_kept();
    until("it is ready again", || trial.collector.readyz().status == 200);
}

#[test]
fn frozen_under_load_and_thawed() {
    let clickhouse = ClickHouse::start();
    let mut trial = Trial::start(&clickhouse);
    let pid = process(&clickhouse);
    trial.under_load(|issuer, collector| {
        for _ in 0..2 {
            collector.until_stored();
            kill_process(pid, Signal::STOP).unwrap();
            issuer.until_acknowledged(200);
            until("the sink lost patience", || {
                collector.readyz().body.contains("no answer in time")
            });
            kill_process(pid, Signal::CONT).unwrap();
        }
        collector.until_stored();
    });
    trial.judge(&clickhouse).assert_kept();
}

/// The INSERT may take two minutes, and waits much longer than people may be left without a word.
#[test]
fn one_that_hangs_is_reported_while_an_insert_still_waits() {
    let clickhouse = ClickHouse::start();
    let (collector, _) = start_patient(&clickhouse);
    assert_eq!(collector.metric("cspwatch_sink_delivering"), Some(1.0));
    kill_process(process(&clickhouse), Signal::STOP).unwrap();
    assert_eq!(collector.post_violation("https://thief.example/", "img-src").status, 204);
    let silence = "clickhouse: ClickHouse has not answered for ";
    until("silence is reported", || collector.readyz().body.contains(silence));
    let answer = collector.readyz();
    assert_eq!(answer.status, 503);
    assert!(answer.body.ends_with(" s; reports are kept on disk\n"), "{}", answer.body);
    assert_eq!(collector.metric("cspwatch_sink_delivering"), Some(0.0));
    kill_process(process(&clickhouse), Signal::CONT).unwrap();
    until("it answers again", || collector.readyz().status == 200);
    assert_eq!(collector.metric("cspwatch_sink_delivering"), Some(1.0));
    collector.settle();
}

#[test]
fn one_that_is_only_slow_is_not_reported() {
    let clickhouse = ClickHouse::start();
    let (collector, database) = start_patient(&clickhouse);
    // One after the other, three seconds each, which is as long as ClickHouse sleeps: longer together than silence may last.
    for number in 0..9 {
        clickhouse.query(&format!(
            "CREATE MATERIALIZED VIEW {database}.slow_{number} ENGINE = MergeTree ORDER BY slept AS \
             SELECT sleep(3) AS slept FROM {database}.reports"
        ));
    }
    assert_eq!(collector.post_violation("https://thief.example/", "img-src").status, 204);
    let pending =
        || collector.metric("cspwatch_journal_oldest_pending_timestamp_seconds") != Some(0.0);
    assert!(pending());
    until("it is stored", || {
        let answer = collector.readyz();
        assert_eq!(answer.status, 200, "{}", answer.body);
        !pending()
    });
}

/// A collector that gives ClickHouse as much time as it has by default.
fn start_patient(clickhouse: &ClickHouse) -> (Collector, String) {
    let database = clickhouse.fresh_database();
    let collector =
        Collector::build().config(SHOP).clickhouse(&clickhouse.url(), &database).start();
    until("it is ready", || collector.readyz().status == 200);
    (collector, database)
}

fn process(clickhouse: &ClickHouse) -> Pid {
    Pid::from_raw(clickhouse.pid().unwrap().try_into().unwrap()).unwrap()
}
