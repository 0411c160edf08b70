//! Deliveries that a browser repeats because our answer did not reach it. They are the same report, not one more, and
//! are not counted.
//!
//! A report has no id. Measured (recordings of 2026-11): Chromium sends a batch again 60,
//! 180, 420 and 900 s after the first time, with only `age` grown; Firefox sends the same bytes up to
//! three times within 40 ms, and more often when the connection is reset. Reports without `age`
//! (`report-uri`) are never sent again, so a repetition of theirs is one more violation.

use std::time::Duration;

use super::Folded;
use crate::base::clock::Timestamp;
use crate::base::collections::HashMap;
use crate::base::limits;
use crate::journal::batch::{Batch, Entry, Identity};

/// The shortest time after which Chromium tries again; it deduplicates within a page by itself.
const RETRY_MIN: Duration = Duration::from_secs(30);
/// How far the event times of two deliveries of one report lie apart: network and rounding.
const SAME_EVENT: Duration = Duration::from_secs(2);
/// Within this time the same bytes of the same client are one request of Firefox's.
const SAME_REQUEST: Duration = Duration::from_millis(250);
/// How long a delivery is remembered at least: Chromium's last attempt comes after 15 minutes.
const GENERATION: Duration = Duration::from_mins(16);

/// Recent deliveries, in two generations: the older is dropped when the younger is full or old.
#[derive(Debug, Default)]
pub struct Deliveries {
    young: HashMap<Identity, Delivery>,
    old: HashMap<Identity, Delivery>,
    since: Timestamp,
    forgotten: u64,
}

#[derive(Clone, Copy, Debug)]
struct Delivery {
    event: Timestamp,
    received: Timestamp,
}

impl Deliveries {
    /// What becomes of each report of a batch: [`Folded::Redelivered`] where it was delivered before, alone or with the
    /// whole request, else what `add` makes of it.
    pub fn fold_batch(&self, batch: &Batch, mut add: impl FnMut(&Entry) -> Folded) -> Vec<Folded> {
        let is_same_request =
            batch.identity.is_some_and(|identity| self.is_same_request(identity, batch.received));
        let fold = |entry: &Entry| {
            let is_redelivered = entry.identity.is_some_and(|identity| {
                is_same_request || self.is_redelivered(identity, entry.at, batch.received)
            });
            if is_redelivered { Folded::Redelivered } else { add(entry) }
        };
        batch.entries.iter().map(fold).collect()
    }

    /// Remembers a batch that is durable now: what was refused may be delivered again.
    pub fn remember_batch(&mut self, batch: &Batch, folded: &[Folded]) {
        if let Some(identity) = batch.identity {
            self.remember(identity, batch.received, batch.received);
        }
        for (entry, folded) in batch.entries.iter().zip(folded) {
            if let Some(identity) = entry.identity
                && *folded != Folded::Redelivered
            {
                self.remember(identity, entry.at, batch.received);
            }
        }
    }

    /// Whether a report was delivered before, by its identity and its time.
    pub(in crate::journal) fn has(
        &self,
        identity: Option<Identity>,
        event: Timestamp,
        received: Timestamp,
    ) -> bool {
        identity.is_some_and(|identity| self.is_redelivered(identity, event, received))
    }

    /// Whether this report was delivered before.
    fn is_redelivered(&self, identity: Identity, event: Timestamp, received: Timestamp) -> bool {
        self.find(identity).is_some_and(|first| {
            !received.is_within(RETRY_MIN, first.received)
                && event.distance(first.event) <= SAME_EVENT
        })
    }

    /// Whether these bytes of this client came a moment ago.
    fn is_same_request(&self, identity: Identity, received: Timestamp) -> bool {
        self.find(identity).is_some_and(|first| {
            received >= first.received && received.since(first.received) <= SAME_REQUEST
        })
    }

    fn remember(&mut self, identity: Identity, event: Timestamp, received: Timestamp) {
        let is_full = self.young.len() >= limits::DELIVERIES_PER_GENERATION;
        if is_full || !received.is_within(GENERATION, self.since) {
            if is_full {
                self.forgotten += self.old.len() as u64;
            }
            self.old = std::mem::take(&mut self.young);
            self.since = received;
        }
        self.young.insert(identity, Delivery { event, received });
    }

    /// How many are remembered.
    pub(in crate::journal) fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }

    /// How many were forgotten early because the table was full.
    pub(in crate::journal) fn forgotten(&self) -> u64 {
        self.forgotten
    }

    fn find(&self, identity: Identity) -> Option<&Delivery> {
        self.young.get(&identity).or_else(|| self.old.get(&identity))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(1_800_000_000 + seconds)
    }

    #[test]
    fn chromiums_retries_are_recognised() {
        let mut deliveries = Deliveries::default();
        deliveries.remember(1, at(0), at(60));
        for retry in [120, 240, 480, 960] {
            assert!(deliveries.is_redelivered(1, at(1), at(retry)), "after {retry} s");
        }
    }

    #[test]
    fn honest_repetitions_are_not() {
        let mut deliveries = Deliveries::default();
        deliveries.remember(1, at(0), at(60));
        assert!(
            !deliveries.is_redelivered(1, at(0), at(61)),
            "another report of the same page load"
        );
        assert!(
            !deliveries.is_redelivered(1, at(50), at(120)),
            "the same violation, a page load later"
        );
        assert!(!deliveries.is_redelivered(2, at(0), at(120)), "another violation or client");
    }

    #[test]
    fn firefoxs_repetitions_are_recognised_by_their_bytes() {
        let mut deliveries = Deliveries::default();
        deliveries.remember(1, at(0), at(0));
        assert!(deliveries.is_same_request(1, at(0) + Duration::from_millis(40)));
        assert!(!deliveries.is_same_request(1, at(1)));
        assert!(!deliveries.is_same_request(2, at(0)));
    }

    #[test]
    fn the_memory_is_bounded_and_forgets() {
        let mut deliveries = Deliveries::default();
        for identity in 0..3 * limits::DELIVERIES_PER_GENERATION as u64 {
            deliveries.remember(identity, at(0), at(0));
        }
        assert!(deliveries.len() <= 2 * limits::DELIVERIES_PER_GENERATION);
        assert_eq!(deliveries.forgotten(), limits::DELIVERIES_PER_GENERATION as u64);
        deliveries.remember(0, at(3_600), at(3_600));
        deliveries.remember(1, at(7_200), at(7_200));
        assert_eq!(deliveries.len(), 2);
    }
}
