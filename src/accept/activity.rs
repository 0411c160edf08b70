//! Whether a connection is in use. HTTP/2 knows no idle time of its own: a client that answers pings could stay
//! for as long as it likes without asking for anything.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The requests of a connection.
#[derive(Clone, Debug, Default)]
pub(super) struct Activity(Arc<Requests>);

#[derive(Debug, Default)]
struct Requests {
    begun: AtomicU64,
    ended: AtomicU64,
}

/// A request, until this is dropped.
pub(super) struct Request(Arc<Requests>);

impl Activity {
    /// A request begins.
    pub(super) fn begin(&self) -> Request {
        self.0.begun.fetch_add(1, Ordering::Relaxed);
        Request(Arc::clone(&self.0))
    }

    /// How many have begun, if none is under way.
    pub(super) fn at_rest(&self) -> Option<u64> {
        let ended = self.0.ended.load(Ordering::Relaxed);
        let begun = self.0.begun.load(Ordering::Relaxed);
        (begun == ended).then_some(begun)
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Ordering::Relaxed);
    }
}
