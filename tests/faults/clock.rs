//! Somebody sets the machine's clock, or it was wrong and is put right.

use crate::support::clickhouse::ClickHouse;
use crate::support::clock::Clock;
use crate::support::journal::assert_sound;
use crate::support::trial::Trial;
use crate::support::until;

/// Settings of the clock, and what only a report can say that was received under it.
const SETTINGS: [(&str, &str); 3] = [
    ("+2d", "received_at > now() + INTERVAL 1 DAY"),
    // Three days back from there.
    ("-1d", "received_at < now() - INTERVAL 12 HOUR"),
    ("+0d", "abs(received_at - now()) < 3600"),
];

#[test]
fn a_clock_that_is_set_forward_and_back_loses_nothing() {
    let clickhouse = ClickHouse::shared();
    let mut trial = Trial::start(clickhouse);
    let clock = Clock::new(trial.collector.place());
    trial.collector.restart_with_clock(&clock);
    let reports = format!("SELECT count() FROM {}.reports WHERE", trial.database);
    trial.under_load(|issuer, collector| {
        collector.until_stored();
        for (offset, received) in SETTINGS {
            let stored = || clickhouse.query(&format!("{reports} {received}")).parse::<u64>();
            let more_are_stored = || {
                let before = stored().unwrap();
                until(&format!("more is stored at {offset}"), || stored().unwrap() > before);
            };
            clock.set(offset);
            more_are_stored();
            collector.kill_hard();
            collector.restart_with_clock(&clock);
            issuer.until_acknowledged(100);
            more_are_stored();
        }
    });
    let verdict = trial.judge(clickhouse);
    verdict.assert_kept();
    assert!(trial.collector.terminate().success());
    assert_sound(&trial.collector.journal());
}
