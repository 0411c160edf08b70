//! TLS handshakes that are under way: bounded, and none is kept waiting for others. When there are too many the
//! oldest is ended. Whoever goes on with his handshake is through in a moment; whoever only holds the place loses
//! it, however many of him there are.

use std::collections::BTreeMap;
use std::sync::MutexGuard;

use tokio::sync::oneshot;

use crate::base::lock::Mutex;

/// The handshakes under way, in the order in which they began.
pub(super) struct Handshakes {
    most: usize,
    under_way: Mutex<UnderWay>,
}

#[derive(Default)]
struct UnderWay {
    next: u64,
    endings: BTreeMap<u64, oneshot::Sender<()>>,
}

/// A handshake, until this is dropped.
pub(super) struct Handshake<'h> {
    handshakes: &'h Handshakes,
    number: u64,
    ending: oneshot::Receiver<()>,
}

impl Handshakes {
    pub(super) fn new(most: usize) -> Self {
        Self { most, under_way: Mutex::default() }
    }

    /// One more begins.
    pub(super) fn begin(&self) -> Handshake<'_> {
        let (end, ending) = oneshot::channel();
        let mut under_way = self.under_way();
        let number = under_way.next;
        under_way.next += 1;
        under_way.endings.insert(number, end);
        if under_way.endings.len() > self.most {
            // Dropping the sender ends it.
            under_way.endings.pop_first();
        }
        Handshake { handshakes: self, number, ending }
    }

    fn under_way(&self) -> MutexGuard<'_, UnderWay> {
        self.under_way.lock()
    }
}

impl Handshake<'_> {
    /// Waits until there are too many after it.
    pub(super) async fn is_crowded_out(&mut self) {
        let _ = (&mut self.ending).await;
    }
}

impl Drop for Handshake<'_> {
    fn drop(&mut self) {
        self.handshakes.under_way().endings.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    async fn is_ended(handshake: &mut Handshake<'_>) -> bool {
        tokio::time::timeout(Duration::ZERO, handshake.is_crowded_out()).await.is_ok()
    }

    #[tokio::test]
    async fn the_oldest_makes_room_for_the_newest() {
        let handshakes = Handshakes::new(2);
        let (mut first, mut second) = (handshakes.begin(), handshakes.begin());
        assert!(!is_ended(&mut first).await);
        let mut third = handshakes.begin();
        assert!(is_ended(&mut first).await);
        assert!(!is_ended(&mut second).await && !is_ended(&mut third).await);
        drop((first, second));
        let mut fourth = handshakes.begin();
        assert!(!is_ended(&mut third).await && !is_ended(&mut fourth).await);
    }
}
