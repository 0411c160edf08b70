//! Whether a connection is in use. hyper ends no idle connection of HTTP/2, whose client may answer pings for ever without
//! sending a request; and for the heads of HTTP/1.1 it makes a timer for each request. One timer for each connection does for
//! both.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, sleep};
use tokio_util::io::InspectReader;

use crate::base::limits;

/// Counts the requests of a connection; clones share the counts.
#[derive(Clone, Debug)]
pub(super) struct Activity(Arc<Requests>);

#[derive(Debug)]
struct Requests {
    begun: Instant,
    in_flight: AtomicU32,
    /// When the last one ended, in nanoseconds after the beginning.
    last_end: AtomicU64,
    /// When something was read for the first time after that, likewise; [`NEVER`] where nothing was.
    head_begun: AtomicU64,
    /// Whether the connection ends with its next answer.
    is_ending: AtomicBool,
}

/// Later than any time.
const NEVER: u64 = u64::MAX;

/// A request that is being answered until this is dropped.
pub(super) struct ActiveRequest(Activity);

impl Activity {
    /// Of a connection that begins now.
    pub(super) fn new() -> Self {
        Self(Arc::new(Requests {
            begun: Instant::now(),
            in_flight: AtomicU32::new(0),
            last_end: AtomicU64::new(0),
            head_begun: AtomicU64::new(NEVER),
            is_ending: AtomicBool::new(false),
        }))
    }

    /// Counts a request.
    pub(super) fn begin(&self) -> ActiveRequest {
        self.0.in_flight.fetch_add(1, Ordering::Relaxed);
        ActiveRequest(self.clone())
    }

    /// The stream of an HTTP/1.1 connection, of which it is noted when a head begins: that has less time to be complete than
    /// there may be between two requests.
    pub(super) fn watched<I>(&self, stream: I) -> impl AsyncRead + AsyncWrite + Unpin + use<I>
    where
        I: AsyncRead + AsyncWrite + Unpin,
    {
        let activity = self.clone();
        InspectReader::new(stream, move |bytes| {
            if !bytes.is_empty() {
                activity.note_read();
            }
        })
    }

    /// Waits until no request was answered for this long, or a head takes too long. A head counts once it is complete.
    pub(super) async fn idle_for(&self, long: Duration) {
        loop {
            let left = long.saturating_sub(self.idle());
            let left_of_head = limits::REQUEST_HEAD.saturating_sub(self.head());
            if left.is_zero() || left_of_head.is_zero() {
                return;
            }
            // A head may begin meanwhile.
            sleep(left.min(left_of_head)).await;
        }
    }

    /// For how long no request was answered; zero while one is.
    fn idle(&self) -> Duration {
        self.0.since(&self.0.last_end)
    }

    /// For how long a head has been coming; zero where none is.
    fn head(&self) -> Duration {
        self.0.since(&self.0.head_begun)
    }

    /// Has the connection end with its next answer, and waits until nobody seems to send another request.
    pub(super) async fn end(&self) {
        self.0.is_ending.store(true, Ordering::Relaxed);
        self.idle_for(limits::STOP_IDLE).await;
    }

    fn note_read(&self) {
        let head_begun = &self.0.head_begun;
        if head_begun.load(Ordering::Relaxed) == NEVER {
            head_begun.store(self.0.now(), Ordering::Relaxed);
        }
    }
}

impl Requests {
    /// Nanoseconds after the beginning.
    fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// For how long this has been so; zero while a request is answered.
    fn since(&self, at: &AtomicU64) -> Duration {
        if self.in_flight.load(Ordering::Acquire) > 0 {
            return Duration::ZERO;
        }
        Duration::from_nanos(self.now().saturating_sub(at.load(Ordering::Relaxed)))
    }
}

impl ActiveRequest {
    /// Whether the connection ends with the answer to it, by [`Activity::end`] or because a request ended when it was old.
    pub(super) fn is_last(&self) -> bool {
        let Requests { last_end, is_ending, .. } = &*self.0.0;
        let last_end = Duration::from_nanos(last_end.load(Ordering::Relaxed));
        last_end >= limits::CONNECTION_AGE || is_ending.load(Ordering::Relaxed)
    }
}

impl Drop for ActiveRequest {
    fn drop(&mut self) {
        let requests = &*self.0.0;
        requests.last_end.store(requests.now(), Ordering::Relaxed);
        requests.head_begun.store(NEVER, Ordering::Relaxed);
        requests.in_flight.fetch_sub(1, Ordering::Release);
    }
}

#[cfg(test)]
impl Activity {
    /// Of a connection that was in use at an age.
    pub(super) fn of_age(age: Duration) -> Self {
        let activity = Self::new();
        activity.0.last_end.store(u64::try_from(age.as_nanos()).unwrap(), Ordering::Relaxed);
        activity
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use tokio::io::AsyncReadExt as _;

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

    #[tokio::test]
    async fn a_head_begins_with_what_is_read_behind_an_answer() {
        let moment = || sleep(Duration::from_millis(2));
        let activity = Activity::new();
        let mut stream = activity.watched(Cursor::new(b"GET / HTTP/1.1".to_vec()));
        moment().await;
        assert_eq!(activity.head(), Duration::ZERO, "nothing has come");
        stream.read_u8().await.unwrap();
        moment().await;
        stream.read_u8().await.unwrap();
        assert!(activity.head() >= Duration::from_millis(2), "it does not begin anew");
        let request = activity.begin();
        assert_eq!(activity.head(), Duration::ZERO, "it is complete");
        stream.read_u8().await.unwrap();
        drop(request);
        assert_eq!(activity.head(), Duration::ZERO, "that was a piece of the body");
        stream.read_u8().await.unwrap();
        moment().await;
        assert!(activity.head() > Duration::ZERO);
    }
}
