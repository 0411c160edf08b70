//! Random faults for a given time: seconds in the ordinary run, hours by hand (`tests/faults/long`).

use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::tamper;
use crate::support::clickhouse::ClickHouse;
use crate::support::clock::Clock;
use crate::support::journal::copy_journal;
use crate::support::oracle::Issuer;
use crate::support::proxy::{Fault, Proxy};
use crate::support::trial::Trial;

/// How long, unless CSPWATCH_FAULTS_SECONDS says otherwise.
const SECONDS: u64 = 15;

/// What happens at the road to ClickHouse.
const ROAD: [Fault; 8] = [
    Fault::Closed,
    Fault::Silent,
    Fault::Late(Duration::from_millis(3_300)),
    Fault::CutRequest(100),
    Fault::CutAnswer(0),
    Fault::CutAnswer(30),
    Fault::Refused(241, "Memory limit exceeded"),
    Fault::Denied(999, "Session expired"),
];

/// What happens at the disk.
const DISK: [(&str, &str); 5] = [
    ("fdatasync", "error=EIO:when=7+31"),
    ("write", "signal=KILL:when=300"),
    ("fdatasync", "signal=KILL:when=15"),
    ("rename", "signal=KILL:when=2"),
    ("unlink", "error=EIO:when=1+2"),
];

/// What happens to the machine's clock while the collector is down.
const CLOCKS: [&str; 4] = ["+2d", "-9h", "-1100d", "+40y"];

/// Which rows ClickHouse takes for a while: nearly all.
const SOME: &str = "NOT endsWith(blocked_path, '77')";

/// What was done so far.
#[derive(Debug, Default)]
struct Figures {
    collector_kills: u32,
    clickhouse_kills: u32,
    clickhouse_freezes: u32,
    road_faults: u32,
    disk_faults: u32,
    refusals: u32,
    clocks: u32,
    copies: u32,
    restored: u32,
    peak_memory_kib: u64,
}

#[test]
fn at_the_end_everything_promised_is_kept() {
    let mut chance = Chance(variable("CSPWATCH_FAULTS_SEED").unwrap_or_else(seed));
    let seed = chance.0;
    // At once: a fault that something never comes back from ends the test long before the figures.
    print(&format!("CSPWATCH_FAULTS_SEED={seed}"));
    let duration = Duration::from_secs(variable("CSPWATCH_FAULTS_SECONDS").unwrap_or(SECONDS));
    let mut clickhouse = ClickHouse::start();
    let proxy = Proxy::start(clickhouse.address());
    let mut trial = Trial::start_behind(&proxy, &clickhouse);
    let table = format!("ALTER TABLE {}.reports", trial.database);
    let clock = Clock::new(trial.collector.place());
    let mut figures = Figures::default();
    // Faults of the tables need tables.
    trial.under_load(|_, collector| collector.until_stored());
    let end = Instant::now() + duration;
    while Instant::now() < end {
        if chance.below(4) == 0 {
            copy_or_restore(&mut trial, &mut chance, &mut figures);
        }
        // Some reports, then one fault, then some reports under the fault.
        trial.under_load(|issuer, collector| {
            issuer.until_acknowledged(chance.below(300));
            match chance.below(7) {
                0 => {
                    figures.collector_kills += 1;
                    collector.kill_hard();
                    collector.restart();
                }
                1 => {
                    figures.clickhouse_kills += 1;
                    clickhouse.kill_hard();
                    issuer.until_acknowledged(chance.below(300));
                    clickhouse.restart();
                }
                2 => {
                    figures.clickhouse_freezes += 1;
                    freeze(&clickhouse, issuer, chance.below(1_000));
                }
                3 => {
                    figures.road_faults += 1;
                    proxy.fail(Some(ROAD[chance.below(ROAD.len())]));
                    issuer.until_acknowledged(chance.below(600));
                    proxy.fail(None);
                }
                4 => {
                    figures.refusals += 1;
                    clickhouse.query(&format!("{table} ADD CONSTRAINT c CHECK {SOME}"));
                    issuer.until_acknowledged(chance.below(1_500));
                    clickhouse.query(&format!("{table} DROP CONSTRAINT c"));
                }
                5 => {
                    figures.clocks += 1;
                    collector.kill_hard();
                    clock.set(CLOCKS[chance.below(CLOCKS.len())]);
                    collector.restart_with_clock(&clock);
                    issuer.until_acknowledged(chance.below(300));
                    collector.kill_hard();
                    collector.restart();
                }
                _ => {
                    figures.disk_faults += 1;
                    let (call, how) = DISK[chance.below(DISK.len())];
                    collector.restart_under_strace(&tamper(call, how));
                    let enough = issuer.acknowledged() + chance.below(600);
                    crate::support::until("it was killed, or works", || {
                        collector.has_ended() || issuer.acknowledged() >= enough
                    });
                    collector.restart();
                }
            }
            figures.peak_memory_kib = figures.peak_memory_kib.max(collector.peak_memory());
        });
    }
    trial.collector.settle();
    let (code, resent) = trial.collector.resend();
    assert_eq!(code, Some(0), "{resent}");
    let verdict = trial.judge(&clickhouse);
    print(&format!("seed {seed}, {duration:?}: {figures:?}\n{verdict}"));
    verdict.assert_kept();
}

/// Keeps a copy of the journal, or puts the one back that was kept. All that was acknowledged by then is in ClickHouse: what is
/// on no other disk goes with the journal that an old copy replaces.
fn copy_or_restore(trial: &mut Trial, chance: &mut Chance, figures: &mut Figures) {
    trial.collector.settle();
    let (code, resent) = trial.collector.resend();
    assert_eq!(code, Some(0), "{resent}");
    let old = trial.collector.place().join("old");
    let journal = trial.collector.journal();
    trial.collector.kill_hard();
    if old.exists() && chance.below(2) == 0 {
        figures.restored += 1;
        copy_journal(&old, &journal);
    } else {
        figures.copies += 1;
        copy_journal(&journal, &old);
    }
    trial.collector.restart();
}

/// Stops the server in whatever it is doing, until so many reports were acknowledged meanwhile.
fn freeze(clickhouse: &ClickHouse, issuer: &Issuer, reports: usize) {
    let pid = Pid::from_raw(clickhouse.pid().unwrap().try_into().unwrap()).unwrap();
    kill_process(pid, Signal::STOP).unwrap();
    issuer.until_acknowledged(reports);
    kill_process(pid, Signal::CONT).unwrap();
}

/// Numbers that look random and are the same for the same seed (xorshift64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).unwrap()
    }
}

fn seed() -> u64 {
    use std::hash::{BuildHasher as _, RandomState};
    // Never 0, which stays 0.
    RandomState::new().hash_one(0) | 1
}

#[allow(clippy::disallowed_methods, reason = "a test has no configuration")]
fn variable(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name}={text} is not a number")))
}

#[allow(clippy::print_stdout, reason = "for the person who runs it")]
fn print(words: &str) {
    println!("{words}");
}
