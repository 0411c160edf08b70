//! Whether a connection is in use. hyper ends no idle connection of HTTP/2, whose client may answer pings for ever without
//! sending a request; and for the heads of HTTP/1.1 it makes a timer for each request. One timer for each connection does for
//! both.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep};

/// Counts the requests of a connection; clones share the counts.
#[derive(Clone, Debug)]
pub(super) struct Activity(Arc<Requests>);

#[derive(Debug)]
struct Requests {
    begun: Instant,
    in_flight: AtomicU32,
    /// When the last one ended, in nanoseconds after the beginning.
    last_end: AtomicU64,
}

/// A request that is being answered until this is dropped.
pub(super) struct ActiveRequest(Activity);

impl Activity {
    /// Of a connection that begins now.
    pub(super) fn new() -> Self {
        let (in_flight, last_end) = (AtomicU32::new(0), AtomicU64::new(0));
        Self(Arc::new(Requests { begun: Instant::now(), in_flight, last_end }))
    }

    /// Counts a request.
    pub(super) fn begin(&self) -> ActiveRequest {
        self.0.in_flight.fetch_add(1, Ordering::Relaxed);
        ActiveRequest(self.clone())
    }

    /// Waits until no request was answered for this long. A head counts once it is complete.
    pub(super) async fn idle_for(&self, long: Duration) {
        loop {
            let left = long.saturating_sub(self.idle());
            if left.is_zero() {
                return;
            }
            sleep(left).await;
        }
    }

    /// For how long no request was answered; zero while one is.
    fn idle(&self) -> Duration {
        if self.0.in_flight.load(Ordering::Acquire) > 0 {
            return Duration::ZERO;
        }
        let last_end = Duration::from_nanos(self.0.last_end.load(Ordering::Relaxed));
        self.0.begun.elapsed().saturating_sub(last_end)
    }
}

impl Drop for ActiveRequest {
    fn drop(&mut self) {
        let Requests { begun, in_flight, last_end } = &*self.0.0;
        let now = u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX);
        last_end.store(now, Ordering::Relaxed);
        in_flight.fetch_sub(1, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[tokio::test]
    async fn a_connection_is_idle_once_its_last_request_is_answered() {
        let activity = Activity::new();
        activity.idle_for(Duration::from_millis(2)).await;
        let (first, second) = (activity.begin(), activity.begin());
        sleep(Duration::from_millis(2)).await;
        assert_eq!(activity.idle(), Duration::ZERO);
        drop(first);
        assert_eq!(activity.idle(), Duration::ZERO, "one is still answered");
        let (begun, before) = (Instant::now(), activity.0.begun.elapsed());
        drop(second);
        activity.idle_for(Duration::from_millis(2)).await;
        assert!(begun.elapsed() >= Duration::from_millis(2), "the time before does not count");
        assert!(activity.idle() <= activity.0.begun.elapsed() - before);
        assert!(tokio::time::timeout(Duration::ZERO, activity.idle_for(HOUR)).await.is_err());
    }
}
