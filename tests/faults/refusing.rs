//! A collector that would refuse a report is not ready, says why, and does not let anybody wait for it.

use std::fs;

use super::tamper;
use crate::support::clickhouse::ClickHouse;
use crate::support::collector::{Collector, SHOP};
use crate::support::trial::Trial;
use crate::support::until;

/// Whether a collector is ready, and where not, why.
#[track_caller]
fn until_not_ready(collector: &Collector, why: &str) {
    let is_so = || {
        let answer = collector.readyz();
        answer.status == 503 && answer.body.contains(why)
    };
    until(&format!("not ready: {why}"), is_so);
    let is_shown = || collector.metric("cspwatch_journal_accepting") == Some(0.0);
    until("the metric shows it", is_shown);
}

#[track_caller]
fn until_ready(collector: &Collector) {
    until("ready", || collector.readyz().status == 200);
    assert_eq!(collector.metric("cspwatch_journal_accepting"), Some(1.0));
}

#[test]
fn a_journal_that_is_away_or_cannot_be_written_is_noticed_before_a_report_comes() {
    let trial = Trial::start(ClickHouse::shared());
    let collector = &trial.collector;
    until_ready(collector);
    let (here, away) = (collector.journal(), collector.place().join("away"));
    fs::rename(&here, &away).unwrap();
    until_not_ready(collector, "journal: the journal's directory was removed or replaced");
    fs::rename(&away, &here).unwrap();
    until_ready(collector);
    // A file of that name keeps even root from writing there.
    let probe = here.join("probe");
    fs::remove_file(&probe).unwrap();
    fs::create_dir(&probe).unwrap();
    until_not_ready(collector, "journal: Is a directory");
    fs::remove_dir(&probe).unwrap();
    until_ready(collector);
}

#[test]
fn a_journal_that_is_full_is_not_ready() {
    let collector = Collector::build().config(SHOP).set("journal.max_bytes", 1024 * 1024).start();
    let mut answers = (0..).map(|number| {
        let blocked = format!("https://evil.example/{number}{}", "/a-long-path".repeat(80));
        collector.post_violation(&blocked, "img-src").status
    });
    assert_eq!(answers.find(|status| *status != 204), Some(503));
    until_not_ready(&collector, "journal: it is full");
}

#[test]
fn a_disk_that_does_not_answer_gives_503_and_not_silence() {
    let mut trial = Trial::start(ClickHouse::shared());
    // Each sync of a group takes longer than a report may wait.
    let stall = tamper("fdatasync", "delay_enter=25000000:when=2+");
    assert!(trial.collector.restart_under_strace(&stall));
    assert_eq!(trial.issuer.issue(trial.collector.public()), Some(503));
    until_not_ready(&trial.collector, "journal: the disk does not answer");
    assert_eq!(trial.issuer.issue(trial.collector.public()), Some(503), "at once from then on");
    trial.collector.restart();
    until_ready(&trial.collector);
    assert_eq!(trial.issuer.issue(trial.collector.public()), Some(204));
    trial.judge(ClickHouse::shared()).assert_kept();
}
