//! Which batches of other collectors the detector has learnt, and up to when: kept in the file `exchange` beside the journal, so
//! that a collector that starts again reads only what it missed.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::clock::Timestamp;
use crate::base::lock::Mutex;
use crate::base::sip::sip;
use crate::store::sightings::SightedBatch;

/// How long a batch is known: longer than any look goes back.
const KEPT: Duration = Duration::from_mins(20);
/// How long a batch whose reports are not there yet is waited for.
const WAIT_MAX: Duration = Duration::from_mins(10);
/// The first pause until it is asked for again; it doubles.
const WAIT_FIRST: Duration = Duration::from_secs(2);

/// What is known of the batches of others. All times are ClickHouse's.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct KnownBatches {
    /// Everything that was stored until then is known, except what was late.
    pub(super) up_to: Option<Timestamp>,
    /// Hashes of their ids, and when they were learnt.
    batches: HashMap<u64, Timestamp>,
    /// Hashes of the other collectors' ids, and when one of their batches was learnt last.
    #[serde(skip)]
    collectors: HashMap<u64, Timestamp>,
    /// Those whose reports were not there yet.
    #[serde(skip)]
    waiting: HashMap<u64, WaitingBatch>,
}

#[derive(Debug)]
struct WaitingBatch {
    batch: SightedBatch,
    next: Timestamp,
    pause: Duration,
}

impl KnownBatches {
    /// Those of some batches that are new, and those that are due again, by when they were received.
    pub(super) fn to_learn(&self, news: Vec<SightedBatch>, now: Timestamp) -> Vec<SightedBatch> {
        let is_new = |batch: &SightedBatch| {
            let hash = sip(&batch.batch_id);
            !self.batches.contains_key(&hash) && !self.waiting.contains_key(&hash)
        };
        let due = self.waiting.values().filter(|waiting| waiting.next <= now);
        let due: Vec<_> = due.map(|waiting| waiting.batch.clone()).collect();
        let mut batches: Vec<_> = news.into_iter().filter(is_new).chain(due).collect();
        batches.sort_unstable_by_key(|batch| batch.first_received);
        batches
    }

    /// Notes that a batch was learnt.
    pub(super) fn learn(&mut self, batch_id: &str, now: Timestamp) {
        let hash = sip(batch_id);
        self.waiting.remove(&hash);
        self.batches.insert(hash, now);
        let collector = batch_id.split('-').next().unwrap_or_default();
        self.collectors.insert(sip(collector), now);
    }

    /// Notes that a batch was asked for, and is learnt later if it was not learnt by then.
    pub(super) fn asked_for(&mut self, batch: &SightedBatch, now: Timestamp) {
        let hash = sip(&batch.batch_id);
        if self.batches.contains_key(&hash) {
            return;
        }
        let pause = self.waiting.get(&hash).map_or(WAIT_FIRST, |waiting| 2 * waiting.pause);
        if pause > WAIT_MAX {
            self.learn(&batch.batch_id, now);
        } else {
            let waiting = WaitingBatch { batch: batch.clone(), next: now + pause, pause };
            self.waiting.insert(hash, waiting);
        }
    }

    /// Drops what no look finds again.
    pub(super) fn forget_old(&mut self, now: Timestamp) {
        self.batches.retain(|_, learnt| now.is_within(KEPT, *learnt));
        self.collectors.retain(|_, learnt| now.is_within(KEPT, *learnt));
    }

    /// How many other collectors have sent sightings lately.
    pub(super) fn collectors(&self) -> usize {
        self.collectors.len()
    }
}

/// What is known of the batches of others, to be saved.
#[derive(Clone, Debug, Default)]
pub struct ExchangeMemory(pub(super) Arc<Mutex<KnownBatches>>);

impl ExchangeMemory {
    /// The content of the file `exchange`. It must be taken before the detector's memory is: what is known here is learnt there.
    pub fn encode(&self) -> Vec<u8> {
        postcard::to_stdvec(&*self.0.lock()).unwrap_or_default()
    }

    /// Reads the file. One that cannot be read is none: the past is read again.
    pub(super) fn restore(&self, bytes: &[u8]) {
        if let Ok(known) = postcard::from_bytes(bytes) {
            *self.0.lock() = known;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn batch(id: &str) -> SightedBatch {
        SightedBatch { batch_id: id.to_owned(), first_received: NOW, last_received: NOW }
    }

    #[test]
    fn a_batch_is_learnt_once_and_also_after_a_restart() {
        let memory = ExchangeMemory::default();
        memory.0.lock().learn("a-1", NOW);
        memory.0.lock().up_to = Some(NOW);
        let restored = ExchangeMemory::default();
        restored.restore(&memory.encode());
        let mut known = restored.0.lock();
        assert_eq!(known.up_to, Some(NOW));
        let news = || vec![batch("a-1"), batch("b-1")];
        assert_eq!(known.to_learn(news(), NOW), [batch("b-1")]);
        known.forget_old(NOW + 2 * KEPT);
        assert_eq!(known.to_learn(news(), NOW).len(), 2);
        restored.restore(b"damaged");
    }

    #[test]
    fn a_batch_without_reports_is_asked_for_again_ever_more_rarely_and_then_left() {
        let mut known = KnownBatches::default();
        let (mut now, mut asked) = (NOW, 0);
        while now < NOW + Duration::from_mins(60) {
            for batch in known.to_learn(vec![batch("a-1")], now) {
                asked += 1;
                known.asked_for(&batch, now);
            }
            now = now + Duration::from_secs(1);
        }
        assert_eq!(asked, 10, "2 s, 4 s, 8 s …");
        assert_eq!(known.collectors(), 1);
    }
}
