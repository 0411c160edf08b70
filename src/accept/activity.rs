//! Whether a connection is in use. HTTP/2 has no idle timeout of its own: a client that answers pings could keep a
//! connection open for ever without sending a request.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts the requests of a connection; clones share the counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Activity(Arc<RequestCounts>);

#[derive(Debug, Default)]
struct RequestCounts {
    begun: AtomicU64,
    ended: AtomicU64,
}

/// A request that is being answered until this is dropped.
pub(super) struct ActiveRequest(Arc<RequestCounts>);

impl Activity {
    /// Counts a request.
    pub(super) fn begin(&self) -> ActiveRequest {
        self.0.begun.fetch_add(1, Ordering::Relaxed);
        ActiveRequest(Arc::clone(&self.0))
    }

    /// How many requests there were so far; `None` while one is being answered.
    pub(super) fn count_if_idle(&self) -> Option<u64> {
        let ended = self.0.ended.load(Ordering::Relaxed);
        let begun = self.0.begun.load(Ordering::Relaxed);
        (begun == ended).then_some(begun)
    }
}

impl Drop for ActiveRequest {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Ordering::Relaxed);
    }
}
