//! ClickHouse itself fails.

use rustix::process::{Pid, Signal, kill_process};

use crate::support::clickhouse::ClickHouse;
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
    let pid = Pid::from_raw(clickhouse.pid().unwrap().try_into().unwrap()).unwrap();
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
