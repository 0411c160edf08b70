//! The oracle: every report has a number, every 204 is an obligation. After the faults stop, what is in
//! ClickHouse is judged against what was promised: nothing lost, nothing invented, nothing double.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use crate::support::clickhouse::ClickHouse;
use crate::support::collector::{Collector, SHOP, violation};
use crate::support::{http, until};

/// Connections that post at the same time.
const ISSUERS: usize = 4;
/// Kills of the collector, each in the middle of the load.
const KILLS: usize = 5;
/// Reports that are acknowledged between two kills, at least.
const PER_KILL: usize = 200;

/// Hands out numbers, posts reports that carry them, and remembers the answers.
#[derive(Default)]
struct Issuer {
    next: AtomicU64,
    acknowledged: Mutex<BTreeSet<u64>>,
    is_done: AtomicBool,
}

impl Issuer {
    /// Posts one numbered report after the other, until it is told to stop.
    fn run(&self, to: SocketAddr) {
        while !self.is_done.load(Ordering::Relaxed) {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let blocked = format!("https://evil.example/n{number}");
            let body = violation("https://shop.example/checkout", &blocked, "connect-src");
            // While the collector is down nobody answers: no obligation.
            if http::request(to, "POST", "/report", &body).is_ok_and(|answer| answer.status == 204)
            {
                self.acknowledged.lock().unwrap().insert(number);
            }
        }
    }

    fn acknowledged(&self) -> usize {
        self.acknowledged.lock().unwrap().len()
    }
}

#[test]
fn killed_under_load_nothing_acknowledged_is_lost_invented_or_double() {
    let clickhouse = ClickHouse::shared();
    let database = clickhouse.fresh_database();
    let section = format!("database = \"{database}\"");
    let mut collector = Collector::start_with(&clickhouse.url(), &section, SHOP);
    let issuer = Issuer::default();
    let to = collector.public();
    thread::scope(|scope| {
        for _ in 0..ISSUERS {
            scope.spawn(|| issuer.run(to));
        }
        for _ in 0..KILLS {
            let enough = issuer.acknowledged() + PER_KILL;
            until("reports are acknowledged", || issuer.acknowledged() >= enough);
            collector.kill_hard();
            collector.restart();
        }
        issuer.is_done.store(true, Ordering::Relaxed);
    });
    until("nothing is pending", || {
        collector.metric("cspwatch_journal_oldest_pending_timestamp_seconds") == Some(0.0)
    });

    let rows = clickhouse.query(&format!(
        "SELECT substring(blocked_path, 3), sum(count) FROM {database}.reports GROUP BY 1"
    ));
    let stored: Vec<(u64, u64)> = rows
        .lines()
        .map(|row| {
            let (number, count) = row.split_once('\t').unwrap();
            (number.parse().unwrap(), count.parse().unwrap())
        })
        .collect();
    let numbers: BTreeSet<u64> = stored.iter().map(|(number, _)| *number).collect();
    let acknowledged = issuer.acknowledged.into_inner().unwrap();
    let issued = issuer.next.into_inner();

    let lost: Vec<_> = acknowledged.difference(&numbers).collect();
    assert!(lost.is_empty(), "acknowledged and not stored: {lost:?}");
    let invented: Vec<_> = numbers.iter().filter(|number| **number >= issued).collect();
    assert!(invented.is_empty(), "stored and never issued: {invented:?}");
    let double: Vec<_> = stored.iter().filter(|(_, count)| *count != 1).collect();
    assert!(double.is_empty(), "stored more than once: {double:?}");
    assert!(acknowledged.len() >= KILLS * PER_KILL);

    let sightings = format!("SELECT count() FROM {database}.sightings");
    assert_eq!(clickhouse.query(&sightings), numbers.len().to_string());
    let fresh = collector.post_violation("https://fresh.example/", "img-src");
    assert_eq!(fresh.status, 204);
    let fresh =
        format!("SELECT count() FROM {database}.reports WHERE destination = 'fresh.example'");
    until("a fresh report flows", || clickhouse.query(&fresh) == "1");
}
