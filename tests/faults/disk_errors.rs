//! The disk fails while the journal is written.

use super::{tamper, tamper_with_segments};
use crate::support::clickhouse::ClickHouse;
use crate::support::journal::{assert_sound, segments};
use crate::support::trial::Trial;
use crate::support::until;

/// Runs a trial under strace, with so many faults in the thread that writes. They end by themselves, the collector
/// does not.
fn check(faults: f64, options: impl FnOnce(&Trial) -> Vec<String>) {
    let clickhouse = ClickHouse::shared();
    let mut trial = Trial::start(clickhouse);
    let options = options(&trial);
    assert!(trial.collector.restart_under_strace(&options));
    trial.under_load(|issuer, collector| {
        until("all are counted", || {
            collector.metric("cspwatch_journal_errors_total") >= Some(faults)
        });
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
    check(4.0, |_| tamper("fdatasync", "error=EIO:when=5..40+9"));
}

#[test]
fn a_write_that_fails_is_told_and_the_journal_goes_on() {
    check(6.0, |trial| {
        let journal = trial.collector.journal();
        tamper_with_segments(&journal, "write", "error=EIO:when=3..30+5")
    });
}

#[test]
fn a_write_that_finds_no_room_is_told_and_the_journal_goes_on() {
    check(5.0, |trial| {
        let journal = trial.collector.journal();
        tamper_with_segments(&journal, "write", "error=ENOSPC:when=4..30+6")
    });
}

#[test]
fn a_segment_that_may_not_be_made_is_told_and_the_journal_goes_on() {
    check(5.0, |trial| {
        let journal = trial.collector.journal();
        tamper_with_segments(&journal, "openat", "error=EACCES:when=2..20+4")
    });
}

/// What the sink says when the journal's directory fails it.
const TOLD: &str = "the journal: Input/output error";

/// Lets calls fail now and then, those too that only change the directory: the pointer, files that take
/// another's place, files that go. The rules count for each thread on its own, and the sink's threads come
/// and go, so what ends the faults is a kill.
fn check_until_killed(calls: &str, when: &str) {
    let clickhouse = ClickHouse::shared();
    let mut trial = Trial::start(clickhouse);
    let options = tamper(calls, &format!("error=EIO:when={when}"));
    assert!(trial.collector.restart_under_strace(&options));
    trial.under_load(|issuer, collector| {
        until("three are logged", || collector.log().matches(TOLD).count() >= 3);
        issuer.until_acknowledged(100);
        collector.restart();
        issuer.until_acknowledged(100);
    });
    trial.judge(clickhouse).assert_kept();
    assert!(trial.collector.terminate().success());
    let journal = trial.collector.journal();
    assert_sound(&journal);
    assert_eq!(segments(&journal), [""; 0], "what could not go went later");
}

#[test]
fn a_rename_that_fails_loses_nothing() {
    check_until_killed("rename", "1..19+2");
}

#[test]
fn a_sync_of_a_file_or_of_the_directory_that_fails_loses_nothing() {
    // Four to a segment: one when it is opened, and in other threads two for the pointer, one when it goes.
    check_until_killed("fsync", "1..17+4");
    check_until_killed("fsync", "2..17+3");
}

#[test]
fn an_unlink_that_fails_loses_nothing() {
    check_until_killed("unlink", "1..19+2");
}

#[test]
fn several_calls_that_fail_lose_nothing() {
    check_until_killed("fdatasync,fsync,rename,unlink", "3..18+5");
}

#[test]
fn a_start_that_cannot_recover_is_refused_and_the_next_one_recovers() {
    let clickhouse = ClickHouse::shared();
    let mut trial = Trial::start(clickhouse);
    trial.under_load(|issuer, collector| {
        for call in ["rename", "fsync", "unlink"] {
            // Between two segments a kill leaves nothing to recover; then the next one does.
            until(&format!("a start is refused for {call}"), || {
                if call == "unlink" {
                    // A stored segment that was not unlinked is what the next start unlinks.
                    collector.restart_under_strace(&tamper(call, "signal=KILL:when=1"));
                    until("killed before it unlinks", || collector.has_ended());
                } else {
                    collector.until_stored();
                }
                !collector.restart_under_strace(&tamper(call, "error=EIO:when=1..2"))
            });
            collector.restart();
            issuer.until_acknowledged(100);
        }
    });
    assert_eq!(trial.collector.log().matches("cannot be used: Input/output error").count(), 3);
    trial.judge(clickhouse).assert_kept();
    assert!(trial.collector.terminate().success());
    assert_sound(&trial.collector.journal());
}
