//! The TLS handshakes in progress: bounded, and none waits for another. When there are too many, the oldest is ended. A
//! client that continues its handshake is through in a moment; one that only holds its place loses it, however many such
//! clients there are.

use std::collections::BTreeMap;
use std::sync::MutexGuard;

use tokio::sync::oneshot;

use crate::base::lock::Mutex;

/// The handshakes in progress, in the order in which they began.
pub(super) struct Handshakes {
    active_max: usize,
    active: Mutex<ActiveHandshakes>,
}

#[derive(Default)]
struct ActiveHandshakes {
    next: u64,
    evictions: BTreeMap<u64, oneshot::Sender<()>>,
}

/// A handshake in progress until this is dropped.
pub(super) struct Handshake<'h> {
    handshakes: &'h Handshakes,
    number: u64,
    eviction: oneshot::Receiver<()>,
}

impl Handshakes {
    pub(super) fn new(active_max: usize) -> Self {
        Self { active_max, active: Mutex::default() }
    }

    /// Adds a handshake; evicts the oldest where there are too many.
    pub(super) fn begin(&self) -> Handshake<'_> {
        let (evict, eviction) = oneshot::channel();
        let mut active = self.active();
        let number = active.next;
        active.next += 1;
        active.evictions.insert(number, evict);
        if active.evictions.len() > self.active_max {
            // Dropping the sender completes `evicted`.
            active.evictions.pop_first();
        }
        Handshake { handshakes: self, number, eviction }
    }

    fn active(&self) -> MutexGuard<'_, ActiveHandshakes> {
        self.active.lock()
    }
}

impl Handshake<'_> {
    /// Waits until too many handshakes have begun after this one.
    pub(super) async fn evicted(&mut self) {
        let _ = (&mut self.eviction).await;
    }
}

impl Drop for Handshake<'_> {
    fn drop(&mut self) {
        self.handshakes.active().evictions.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    async fn is_evicted(handshake: &mut Handshake<'_>) -> bool {
        tokio::time::timeout(Duration::ZERO, handshake.evicted()).await.is_ok()
    }

    #[tokio::test]
    async fn the_oldest_makes_room_for_the_newest() {
        let handshakes = Handshakes::new(2);
        let (mut first, mut second) = (handshakes.begin(), handshakes.begin());
        assert!(!is_evicted(&mut first).await);
        let mut third = handshakes.begin();
        assert!(is_evicted(&mut first).await);
        assert!(!is_evicted(&mut second).await && !is_evicted(&mut third).await);
        drop((first, second));
        let mut fourth = handshakes.begin();
        assert!(!is_evicted(&mut third).await && !is_evicted(&mut fourth).await);
    }
}
