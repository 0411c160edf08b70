//! What is in progress, bounded, and none waits for another: when there are too many, the oldest is ended. So it is for what
//! takes a moment: a client that goes on with its TLS handshake, or asks for the metrics, is through by then; one that only
//! holds its place loses it, however many such clients there are.

use std::collections::BTreeMap;
use std::sync::MutexGuard;

use tokio::sync::oneshot;

use crate::base::lock::Mutex;

/// What is in progress, in the order in which it began.
pub(super) struct Newest {
    active_max: usize,
    active: Mutex<Active>,
}

#[derive(Default)]
struct Active {
    next: u64,
    evictions: BTreeMap<u64, oneshot::Sender<()>>,
}

/// One that is in progress until this is dropped.
pub(super) struct Place<'n> {
    newest: &'n Newest,
    number: u64,
    eviction: oneshot::Receiver<()>,
}

impl Newest {
    pub(super) fn new(active_max: usize) -> Self {
        Self { active_max, active: Mutex::default() }
    }

    /// Adds one; evicts the oldest where there are too many.
    pub(super) fn begin(&self) -> Place<'_> {
        let (evict, eviction) = oneshot::channel();
        let mut active = self.active();
        let number = active.next;
        active.next += 1;
        active.evictions.insert(number, evict);
        if active.evictions.len() > self.active_max {
            // Dropping the sender completes `evicted`.
            active.evictions.pop_first();
        }
        Place { newest: self, number, eviction }
    }

    fn active(&self) -> MutexGuard<'_, Active> {
        self.active.lock()
    }
}

impl Place<'_> {
    /// Waits until too many have begun after this one.
    pub(super) async fn evicted(&mut self) {
        let _ = (&mut self.eviction).await;
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.newest.active().evictions.remove(&self.number);
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
        let (mut first, mut second) = (newest.begin(), newest.begin());
        assert!(!is_evicted(&mut first).await);
        let mut third = newest.begin();
        assert!(is_evicted(&mut first).await);
        assert!(!is_evicted(&mut second).await && !is_evicted(&mut third).await);
        drop((first, second));
        let mut fourth = newest.begin();
        assert!(!is_evicted(&mut third).await && !is_evicted(&mut fourth).await);
    }
}
