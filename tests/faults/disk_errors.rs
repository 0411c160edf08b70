//! The disk fails while the journal is written.

use super::{tamper, tamper_with_segments};
use crate::support::clickhouse::ClickHouse;
use crate::support::trial::Trial;
use crate::support::until;

/// Runs a trial under strace. The faults end by themselves, the collector does not.
fn check(options: impl FnOnce(&Trial) -> Vec<String>) {
    let clickhouse = ClickHouse::shared();
    let mut trial = Trial::start(clickhouse);
    let options = options(&trial);
    assert!(trial.collector.restart_under_strace(&options));
    trial.under_load(|issuer, collector| {
        until("three are told", || collector.metric("cspwatch_journal_errors_total") >= Some(3.0));
        // Seals fail too, and nobody waits for those.
        assert!(issuer.refused() >= 1);
        // Past the last fault: one call serves at the most as many reports as come at the same time.
        issuer.until_acknowledged(200);
    });
    let verdict = trial.judge(clickhouse);
    verdict.assert_kept();
    assert_eq!(verdict.stored, verdict.acknowledged, "what was refused is not kept: {verdict}");
    assert!(!trial.collector.has_ended());
}

#[test]
fn a_sync_that_fails_is_told_and_the_journal_goes_on() {
    check(|_| tamper("fdatasync", "error=EIO:when=5..40+9"));
}

#[test]
fn a_write_that_fails_is_told_and_the_journal_goes_on() {
    check(|trial| {
        let journal = trial.collector.journal();
        tamper_with_segments(&journal, "write", "error=EIO:when=3..30+5")
    });
}

#[test]
fn a_write_that_finds_no_room_is_told_and_the_journal_goes_on() {
    check(|trial| {
        let journal = trial.collector.journal();
        tamper_with_segments(&journal, "write", "error=ENOSPC:when=4..30+6")
    });
}
