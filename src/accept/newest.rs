//! What is in progress, bounded, and none waits for another: when there is too much, the oldest is ended. So it is for what
//! takes a moment: a client that goes on with its TLS handshake, asks for the metrics, or sends its report, is through by
//! then; one that only holds its place loses it, however many such clients there are. Those that have got what they came for
//! are ended first.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, MutexGuard};

use tokio::sync::oneshot;

use crate::base::lock::Mutex;

/// Among how many of the oldest one is looked for that was served.
const LOOKED_AT: usize = 256;

/// What is in progress, in the order in which it began.
pub struct Newest {
    /// How much all of it may weigh.
    weight_max: u64,
    active: Mutex<Active>,
}

#[derive(Default)]
struct Active {
    next: u64,
    weight: u64,
    evictions: BTreeMap<u64, Eviction>,
}

struct Eviction {
    weight: u64,
    is_served: Served,
    /// Dropping it completes `evicted`.
    _evict: oneshot::Sender<()>,
}

/// Whether one has got what it came for, and is kept for what may follow; clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Served(Arc<AtomicBool>);

/// One that is in progress until this is dropped.
pub struct Place<'n> {
    newest: &'n Newest,
    number: u64,
    is_served: Served,
    eviction: oneshot::Receiver<()>,
}

impl Newest {
    /// `weight_max`: how much all of it may weigh.
    pub fn new(weight_max: u64) -> Self {
        Self { weight_max, active: Mutex::default() }
    }

    /// Adds one of this weight; evicts the oldest until all others fit beside it.
    pub fn begin(&self, weight: u64) -> Place<'_> {
        let (evict, eviction) = oneshot::channel();
        let mut active = self.active();
        let number = active.next;
        let is_served = Served::default();
        active.next += 1;
        active.weight += weight;
        let eviction_of = Eviction { weight, is_served: is_served.clone(), _evict: evict };
        active.evictions.insert(number, eviction_of);
        while active.weight > self.weight_max && active.evictions.len() > 1 {
            active.end_one();
        }
        Place { newest: self, number, is_served, eviction }
    }

    /// Ends the oldest, because there is no room for something else.
    pub(super) fn make_room(&self) {
        self.active().end_one();
    }

    fn active(&self) -> MutexGuard<'_, Active> {
        self.active.lock()
    }
}

impl Active {
    /// Ends the oldest of those that were served, if one of the oldest was, and else the oldest.
    fn end_one(&mut self) {
        let mut oldest = self.evictions.iter().take(LOOKED_AT);
        let served =
            oldest.find(|(_, eviction)| eviction.is_served.get()).map(|(number, _)| *number);
        let first = || self.evictions.keys().next().copied();
        if let Some(number) = served.or_else(first) {
            self.end(number);
        }
    }

    fn end(&mut self, number: u64) {
        let ended = self.evictions.remove(&number);
        self.weight -= ended.map_or(0, |eviction| eviction.weight);
    }
}

impl Served {
    pub(super) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Place<'_> {
    /// Where it is noted that it was served.
    pub(super) fn is_served(&self) -> Served {
        self.is_served.clone()
    }

    /// Waits until too much has begun after this one.
    pub async fn evicted(&mut self) {
        let _ = (&mut self.eviction).await;
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.newest.active().end(self.number);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    async fn is_evicted(place: &mut Place<'_>) -> bool {
        tokio::time::timeout(Duration::ZERO, place.evicted()).await.is_ok()
    }

    #[tokio::test]
    async fn the_oldest_makes_room_for_the_newest() {
        let newest = Newest::new(2);
        let (mut first, mut second) = (newest.begin(1), newest.begin(1));
        assert!(!is_evicted(&mut first).await);
        let mut third = newest.begin(1);
        assert!(is_evicted(&mut first).await);
        assert!(!is_evicted(&mut second).await && !is_evicted(&mut third).await);
        drop((first, second));
        let mut fourth = newest.begin(1);
        assert!(!is_evicted(&mut third).await && !is_evicted(&mut fourth).await);
        newest.make_room();
        assert!(is_evicted(&mut third).await && !is_evicted(&mut fourth).await);
    }

    #[tokio::test]
    async fn one_that_was_served_makes_room_before_an_older_one_that_was_not() {
        let newest = Newest::new(2);
        let (mut waiting, mut served) = (newest.begin(1), newest.begin(1));
        served.is_served().set();
        let mut third = newest.begin(1);
        assert!(is_evicted(&mut served).await);
        assert!(!is_evicted(&mut waiting).await && !is_evicted(&mut third).await);
    }

    #[tokio::test]
    async fn a_heavy_one_takes_the_room_of_several() {
        let newest = Newest::new(10);
        let (mut first, mut second) = (newest.begin(4), newest.begin(4));
        let mut heavy = newest.begin(7);
        assert!(is_evicted(&mut first).await && is_evicted(&mut second).await);
        let mut alone = newest.begin(11);
        assert!(is_evicted(&mut heavy).await);
        assert!(!is_evicted(&mut alone).await, "it is the newest");
        drop((first, second, heavy, alone));
        assert_eq!(newest.active().weight, 0);
    }
}
