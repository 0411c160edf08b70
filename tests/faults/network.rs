//! The network to ClickHouse and back fails: nobody knows what was carried out and what was not.

use std::time::Duration;

use crate::support::clickhouse::ClickHouse;
use crate::support::proxy::{Fault, Proxy};
use crate::support::trial::{PATIENCE, Trial};
use crate::support::until;

/// Each of them so many times, one after the other; in turn for the first table and the last.
fn check(faults: &[(Fault, usize)]) {
    let clickhouse = ClickHouse::shared();
    let proxy = Proxy::start(clickhouse.address());
    let mut trial = Trial::start_behind(&proxy, clickhouse);
    trial.under_load(|_, collector| {
        for (&(fault, times), table) in faults.iter().zip(["reports", "sightings"].iter().cycle()) {
            proxy.only(table);
            proxy.fail_times(fault, times);
            collector.until_stored();
        }
    });
    trial.judge(clickhouse).assert_kept();
}

#[test]
fn nobody_answers() {
    check(&[(Fault::Closed, 2), (Fault::Silent, 1)]);
}

#[test]
fn the_insert_arrives_in_part() {
    check(&[(Fault::CutRequest(0), 1), (Fault::CutRequest(0), 1), (Fault::CutRequest(100), 2)]);
}

#[test]
fn the_answer_is_lost_or_arrives_in_part() {
    // Of an answer of some 700 bytes.
    check(&[(Fault::CutAnswer(0), 3), (Fault::CutAnswer(10), 1), (Fault::CutAnswer(150), 1)]);
}

#[test]
fn the_answer_comes_late() {
    let in_time = Fault::Late(Duration::from_millis(300));
    // The segment is on its way a second time when the first answer comes.
    let too_late = Fault::Late(PATIENCE + Duration::from_millis(500));
    check(&[(in_time, 3), (too_late, 1)]);
}

#[test]
fn a_stop_does_not_wait_for_who_never_answers() {
    let clickhouse = ClickHouse::shared();
    let proxy = Proxy::start(clickhouse.address());
    // Longer than anybody waits for the end.
    let mut trial = Trial::start_patient(&proxy, clickhouse, Duration::from_secs(120));
    trial.under_load(|_, collector| {
        collector.until_stored();
        let before = proxy.hits();
        proxy.fail(Some(Fault::Silent));
        until("a segment is on its way", || proxy.hits() > before);
    });
    assert!(trial.collector.terminate().success());
    assert!(trial.collector.log().contains("the rest is on disk"));
    proxy.fail(None);
    trial.collector.restart();
    trial.judge(clickhouse).assert_kept();
}
