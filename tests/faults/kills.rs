//! The collector is killed.

use super::tamper;
use crate::support::clickhouse::ClickHouse;
use crate::support::trial::Trial;
use crate::support::until;

/// Kills at any moment, each in the middle of the load.
const KILLS: usize = 5;

/// Kills at the k-th time that a thread comes to a system call. Of the group commit: `write` and
/// `fdatasync`. Of recovery, and of the pointer before a segment goes: `fsync` and `rename`. Of the end
/// of a segment: `unlink`.
const CALLS: [(&str, &[u32]); 5] = [
    ("write", &[10, 40]),
    ("fdatasync", &[1, 2, 3, 4, 9]),
    ("fsync", &[1, 2, 3]),
    ("rename", &[1, 2]),
    ("unlink", &[1, 2]),
];

#[test]
fn at_any_moment() {
    let clickhouse = ClickHouse::shared();
    kill_at_any_moment(Trial::start(clickhouse), clickhouse);
}

#[test]
fn at_any_moment_where_nothing_is_synced() {
    let clickhouse = ClickHouse::shared();
    let mut trial = Trial::start(clickhouse);
    trial.collector.restart_with("[journal]", "[journal]\ndurability = \"os\"");
    kill_at_any_moment(trial, clickhouse);
}

fn kill_at_any_moment(mut trial: Trial, clickhouse: &ClickHouse) {
    trial.under_load(|issuer, collector| {
        for _ in 0..KILLS {
            issuer.until_acknowledged(200);
            collector.kill_hard();
            collector.restart();
        }
    });
    trial.judge(clickhouse).assert_kept();
}

#[test]
fn before_each_call_that_changes_the_disk() {
    let clickhouse = ClickHouse::shared();
    let mut trial = Trial::start(clickhouse);
    trial.under_load(|issuer, collector| {
        for (call, times) in CALLS {
            for time in times {
                // It may be killed before it answers anybody: while it recovers.
                collector.restart_under_strace(&tamper(call, &format!("signal=KILL:when={time}")));
                until(&format!("killed before {call} {time}"), || collector.has_ended());
            }
        }
        collector.restart();
        issuer.until_acknowledged(10);
    });
    trial.judge(clickhouse).assert_kept();
}

#[test]
fn a_segment_that_goes_leaves_its_number_behind() {
    let clickhouse = ClickHouse::shared();
    let mut trial = Trial::start(clickhouse);
    for call in ["rename", "unlink"] {
        // One report alone: no younger segment shows which numbers were used.
        assert!(trial.collector.restart_under_strace(&tamper(call, "signal=KILL:when=1")));
        assert_eq!(trial.issuer.issue(trial.collector.public()), Some(204));
        until("killed while the segment goes", || trial.collector.has_ended());
        trial.collector.restart();
        // Under a number that was used before, ClickHouse would drop it and say 200.
        assert_eq!(trial.issuer.issue(trial.collector.public()), Some(204));
        trial.collector.settle();
    }
    trial.judge(clickhouse).assert_kept();
}
