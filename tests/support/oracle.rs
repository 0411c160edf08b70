//! The oracle: every report has a number, every 204 is an obligation. After the faults stop, what is in
//! ClickHouse is judged against what was promised: nothing lost, nothing invented, nothing double.

use std::collections::BTreeSet;
use std::fmt;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use cspwatch::base::lock::Mutex;

use super::clickhouse::ClickHouse;
use super::collector::violation;
use super::{http, until};

/// Connections that post at the same time.
const ISSUERS: usize = 4;

/// Hands out numbers, posts reports that carry them, and remembers the answers.
#[derive(Default)]
pub struct Issuer {
    next: AtomicU64,
    refused: AtomicU64,
    acknowledged: Mutex<BTreeSet<u64>>,
    is_done: AtomicBool,
}

/// Ends the issuers also when what happens under their load panics.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Issuer {
    /// Posts the next report; the status of the answer, if there was one.
    pub fn issue(&self, to: SocketAddr) -> Option<u16> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let blocked = format!("https://evil.example{}", path(number));
        let body = violation("https://shop.example/checkout", &blocked, "connect-src");
        // While the collector is down nobody answers: no obligation.
        let status = http::request(to, "POST", "/report", &body).ok().map(|answer| answer.status);
        match status {
            Some(204) => {
                self.acknowledged.lock().insert(number);
            }
            Some(503) => {
                self.refused.fetch_add(1, Ordering::Relaxed);
            }
            _ => {}
        }
        status
    }

    /// Posts one report after the other, over several connections, while something happens.
    pub fn load<T>(&self, to: SocketAddr, during: impl FnOnce() -> T) -> T {
        self.is_done.store(false, Ordering::Relaxed);
        thread::scope(|scope| {
            let _stop = Stop(&self.is_done);
            for _ in 0..ISSUERS {
                scope.spawn(|| self.run(to));
            }
            during()
        })
    }

    fn run(&self, to: SocketAddr) {
        while !self.is_done.load(Ordering::Relaxed) {
            if self.issue(to) != Some(204) {
                // Leaves the processor to whoever is coming back.
                thread::sleep(Duration::from_millis(2));
            }
        }
    }

    /// Waits until so many more were acknowledged.
    #[track_caller]
    pub fn until_acknowledged(&self, more: usize) {
        let enough = self.acknowledged() + more;
        until("reports are acknowledged", || self.acknowledged() >= enough);
    }

    /// Waits until a further report is answered 503.
    #[track_caller]
    pub fn until_refused(&self) {
        let before = self.refused();
        until("a report is refused", || self.refused() > before);
    }

    /// How many reports were answered 503.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// How many numbers were handed out.
    pub fn issued(&self) -> u64 {
        self.next.load(Ordering::Relaxed)
    }

    /// How many obligations there are.
    pub fn acknowledged(&self) -> usize {
        self.acknowledged.lock().len()
    }

    /// Compares what was promised with the tables of a database.
    pub fn judge(&self, clickhouse: &ClickHouse, database: &str) -> Verdict {
        let stored = stored(clickhouse, database);
        let numbers: BTreeSet<u64> = stored.iter().map(|(number, _)| *number).collect();
        let issued = self.issued();
        let acknowledged = self.acknowledged.lock();
        let count = |sql: &str| clickhouse.query(&format!("{sql} {EVIL}")).parse().unwrap();
        let sightings = count(&format!("SELECT count() FROM {database}.sightings"));
        let is_even = sightings == numbers.len();
        Verdict {
            issued,
            acknowledged: acknowledged.len(),
            stored: numbers.len(),
            lost: acknowledged.difference(&numbers).copied().collect(),
            invented: numbers.iter().copied().filter(|number| *number >= issued).collect(),
            double: stored.iter().filter(|row| row.1 != 1).map(|row| row.0).collect(),
            sightings,
            destinations: count(&format!("SELECT sum(reports) FROM {database}.destinations")),
            uneven: if is_even { String::new() } else { uneven(clickhouse, database) },
        }
    }
}

/// The batches that have other sightings than reports, each with both numbers and the times at which they were stored.
fn uneven(clickhouse: &ClickHouse, database: &str) -> String {
    clickhouse.query(&format!(
        "SELECT batch_id, sum(reports), sum(sightings), min(first), max(last) FROM \
         (SELECT batch_id, sum(count) AS reports, 0 AS sightings, min(received_at) AS first, max(received_at) AS last \
          FROM {database}.reports {EVIL} GROUP BY batch_id \
          UNION ALL \
          SELECT batch_id, 0, count(), min(received_at), max(received_at) FROM {database}.sightings {EVIL} GROUP BY batch_id) \
         GROUP BY batch_id HAVING sum(reports) != sum(sightings) ORDER BY batch_id LIMIT 20"
    ))
}

/// What the numbered reports are about.
const EVIL: &str = "WHERE destination = 'evil.example'";

/// Numbers that are stored, and how many times each is counted.
fn stored(clickhouse: &ClickHouse, database: &str) -> Vec<(u64, u64)> {
    let rows = clickhouse.query(&format!(
        "SELECT blocked_path, sum(count) FROM {database}.reports {EVIL} GROUP BY 1"
    ));
    let row = |row: &str| {
        let (path, count) = row.split_once('\t').unwrap();
        (number(path), count.parse().unwrap())
    };
    rows.lines().map(row).collect()
}

/// A path that carries a number, below a billion, three digits a segment: redaction masks longer ones.
fn path(number: u64) -> String {
    format!("/n{}/n{}/n{}", number / 1_000_000, number / 1_000 % 1_000, number % 1_000)
}

/// The number that a path carries.
#[track_caller]
fn number(path: &str) -> u64 {
    let digits = path.split("/n").skip(1).map(|digits| digits.parse::<u64>());
    digits.fold(0, |number, digits| {
        let digits = digits.unwrap_or_else(|_| panic!("no path of the oracle: {path}"));
        number * 1_000 + digits
    })
}

/// What the oracle found.
#[derive(Debug)]
pub struct Verdict {
    /// Numbers that were handed out.
    pub issued: u64,
    /// Of those, the ones that were answered 204.
    pub acknowledged: usize,
    /// Numbers in the table.
    pub stored: usize,
    /// Acknowledged and not stored.
    pub lost: Vec<u64>,
    /// Stored and never issued.
    pub invented: Vec<u64>,
    /// Stored, and not counted once.
    pub double: Vec<u64>,
    /// Rows of the table of sightings.
    pub sightings: usize,
    /// Reports by the view over the sightings.
    pub destinations: usize,
    /// Batches with other sightings than reports, a line each.
    pub uneven: String,
}

impl Verdict {
    /// Fails the test unless everything promised was kept, once, in all tables.
    #[track_caller]
    pub fn assert_kept(&self) {
        assert!(self.acknowledged > 0, "nothing was promised: {self}");
        assert!(self.lost.is_empty(), "acknowledged and not stored: {:?}\n{self}", self.lost);
        assert!(self.invented.is_empty(), "stored, never issued: {:?}\n{self}", self.invented);
        assert!(self.double.is_empty(), "not counted once: {:?}\n{self}", self.double);
        assert_eq!(self.sightings, self.stored, "one sighting for each: {self}");
        assert_eq!(self.destinations, self.stored, "the view counts each once: {self}");
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "issued {}, acknowledged {}, stored {}, lost {}, invented {}, double {}, \
             sightings {}, by the view {}; uneven batches: {:?}",
            self.issued,
            self.acknowledged,
            self.stored,
            self.lost.len(),
            self.invented.len(),
            self.double.len(),
            self.sightings,
            self.destinations,
            self.uneven
        )
    }
}
