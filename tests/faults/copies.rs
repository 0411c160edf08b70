//! An old copy of the journal is put back, a machine is cloned, files are moved away: numbers of segments are used again.

use std::fs;
use std::path::PathBuf;

use rustix::process::Signal;

use crate::support::clickhouse::ClickHouse;
use crate::support::collector::{Collector, SHOP};
use crate::support::journal::copy_journal;
use crate::support::trial::Trial;
use crate::support::until;

/// A copy of a trial's journal, which its collector leaves in the middle of the load.
fn copy_of_journal(trial: &mut Trial) -> PathBuf {
    trial.under_load(|issuer, collector| {
        issuer.until_acknowledged(200);
        collector.kill_hard();
    });
    let old = trial.collector.place().join("old");
    copy_journal(&trial.collector.journal(), &old);
    old
}

fn more_under_load(trial: &mut Trial) {
    trial.under_load(|issuer, _| issuer.until_acknowledged(200));
}

#[test]
fn an_old_copy_of_the_journal_that_is_put_back_loses_nothing_and_doubles_nothing() {
    let clickhouse = ClickHouse::shared();
    let mut trial = Trial::start(clickhouse);
    let old = copy_of_journal(&mut trial);
    for _ in 0..2 {
        trial.collector.restart();
        more_under_load(&mut trial);
        trial.collector.settle();
        trial.collector.kill_hard();
        copy_journal(&old, &trial.collector.journal());
    }
    trial.collector.restart();
    more_under_load(&mut trial);
    until("it says so", || trial.collector.metric(&conflict("older_copy")).is_some());
    assert!(trial.collector.log().contains("an old copy was put back"));
    trial.judge(clickhouse).assert_kept();
    // Its numbers go on after those that ClickHouse knows, so the next start has nothing to say.
    trial.collector.restart();
    more_under_load(&mut trial);
    trial.collector.settle();
    assert_eq!(trial.collector.metric(&conflict("older_copy")), None);
}

/// As a snapshot of the machine's disk has it: the file that reports are written to is there, too, as far as it was written.
#[test]
fn a_copy_of_a_running_journal_that_is_put_back_doubles_nothing() {
    let clickhouse = ClickHouse::shared();
    let mut trial = Trial::start(clickhouse);
    let old = trial.collector.place().join("old");
    trial.under_load(|issuer, collector| {
        issuer.until_acknowledged(200);
        collector.signal(Signal::STOP);
        copy_journal(&collector.journal(), &old);
        collector.signal(Signal::CONT);
        issuer.until_acknowledged(200);
    });
    trial.collector.settle();
    trial.collector.kill_hard();
    copy_journal(&old, &trial.collector.journal());
    trial.collector.restart();
    more_under_load(&mut trial);
    trial.judge(clickhouse).assert_kept();
}

/// The series about a journal that is not the only one of its kind.
fn conflict(which: &str) -> String {
    format!("cspwatch_journal_conflict_timestamp_seconds{{conflict=\"{which}\"}}")
}

#[test]
fn a_journal_without_its_pointer_loses_nothing() {
    let clickhouse = ClickHouse::shared();
    let mut trial = Trial::start(clickhouse);
    for _ in 0..2 {
        more_under_load(&mut trial);
        trial.collector.settle();
        trial.collector.kill_hard();
        fs::remove_file(trial.collector.journal().join("sent")).unwrap();
        trial.collector.restart();
    }
    more_under_load(&mut trial);
    trial.judge(clickhouse).assert_kept();
}

#[test]
fn a_clone_with_the_same_id_loses_nothing() {
    let clickhouse = ClickHouse::shared();
    let mut trial = Trial::start(clickhouse);
    let old = copy_of_journal(&mut trial);
    let mut clone = Collector::build()
        .config(SHOP)
        .clickhouse(&clickhouse.url(), &trial.database)
        .set("journal.seal_every", "500ms")
        .start();
    clone.kill_hard();
    copy_journal(&old, &clone.journal());
    clone.restart();
    trial.collector.restart();
    more_under_load(&mut trial);
    let to = clone.public();
    trial.issuer.load(to, || trial.issuer.until_acknowledged(200));
    for (one, other) in [(&trial.collector, to), (&clone, trial.collector.public())] {
        until("each says that there is another", || {
            trial.issuer.issue(other);
            one.metric(&conflict("two_collectors")).is_some()
        });
        assert!(one.log().contains("under this collector's id: was the machine cloned?"));
    }
    trial.collector.settle();
    clone.settle();
    trial.judge(clickhouse).assert_kept();
}
