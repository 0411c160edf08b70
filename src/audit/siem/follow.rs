//! Follows what is new in ClickHouse, until it is stopped.

mod feed;
mod scan;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use tokio::sync::watch;

use super::ExportError;
use super::position::Position;
use super::state::{StateError, StateFile};
use super::target::{Target, TargetError};
use crate::audit::siem::Stream;
use crate::base::backoff::Backoff;
use crate::base::clock::Timestamp;
use crate::store::export::ExportReader;
use feed::Feed;
use scan::Scanner;

pub use scan::by_day;

/// How long events that are on their way get to arrive once the command is stopped.
const DRAIN: Duration = Duration::from_secs(10);

/// What is followed, and where it is sent.
pub struct Follow<F> {
    /// Reads from ClickHouse.
    pub reader: ExportReader,
    /// The streams to follow.
    pub streams: Vec<Stream>,
    /// Where events go.
    pub target: Target,
    /// Where the position is kept.
    pub state: Option<StateFile>,
    /// How often to look for what is new.
    pub every: Duration,
    /// Becomes true when the next look is to go all the way back.
    pub look_back: Arc<AtomicBool>,
    /// Becomes true when the command is to end.
    pub stop: watch::Receiver<bool>,
    /// Gets remarks for people.
    pub on_remark: F,
}

/// The side that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    ClickHouse,
    Target,
}

/// Why following ends with an error.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the causes say it")]
pub enum FollowError {
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error(transparent)]
    State(#[from] StateError),
}

impl<F: FnMut(&str)> Follow<F> {
    /// Follows from a position on, until it is stopped. A stream without a position begins at `begin`.
    ///
    /// # Errors
    /// A failure that trying again would not fix.
    pub async fn run(self, position: Position, begin: Timestamp) -> Result<(), FollowError> {
        let Self { reader, streams, target, state, every, look_back, mut stop, on_remark } = self;
        let feed = Feed::new(target, position, state, stop.clone(), on_remark);
        let mut scanner = Scanner::new(reader, streams, begin, look_back, feed);
        let mut attempts = Attempts { every, failing: None, backoff: Backoff::for_shared_server() };
        loop {
            let mut stopped = stop.clone();
            let scanned = tokio::select! {
                scanned = scanner.scan() => scanned,
                // Events that are being sent get a moment; those that do not arrive are sent again.
                () = drained(&mut stopped) => Err(ExportError::Stopped),
            };
            let pause = match attempts.next_pause(scanned, &mut scanner) {
                Ok(Some(pause)) => pause,
                Ok(None) => break,
                Err(error) => {
                    // Keeps what is settled. The error explains more than one about the state file would.
                    let _ = scanner.feed.write_state();
                    return Err(error);
                }
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                _ = stop.wait_for(|stop| *stop) => break,
            }
        }
        scanner.feed.finish().await
    }
}

/// Waits until the command is stopped and events have had their time to arrive.
async fn drained(stop: &mut watch::Receiver<bool>) {
    // An error means that nothing is left that could stop the command: then it ends, too.
    let _ = stop.wait_for(|stop| *stop).await;
    tokio::time::sleep(DRAIN).await;
}

/// What the scans so far have shown.
struct Attempts {
    every: Duration,
    /// The side that failed last, until a scan succeeds.
    failing: Option<Side>,
    backoff: Backoff,
}

impl Attempts {
    /// How long to wait after a scan; `None` when the command is to end.
    fn next_pause<F: FnMut(&str)>(
        &mut self,
        scanned: Result<(), ExportError>,
        scanner: &mut Scanner<F>,
    ) -> Result<Option<Duration>, FollowError> {
        let error = match scanned {
            Ok(()) => {
                if self.failing.take().is_some() {
                    scanner.feed.remark("it works again");
                }
                self.backoff.reset();
                return Ok(Some(self.every));
            }
            Err(ExportError::Stopped) => return Ok(None),
            // The next scan finds the rest.
            Err(ExportError::Full) => return Ok(Some(self.every)),
            Err(error) => error,
        };
        scanner.scan_fully_next();
        let (side, why) = match error {
            ExportError::Target(target) => {
                scanner.feed.lose_pending();
                if !target.may_pass() {
                    return Err(target.into());
                }
                (Side::Target, target.to_string())
            }
            error => (Side::ClickHouse, error.to_string()),
        };
        // The text changes from attempt to attempt, but one remark is enough.
        if self.failing != Some(side) {
            scanner.feed.remark(&format!("{why}; trying again until it works"));
            self.failing = Some(side);
        }
        Ok(Some(self.backoff.next_pause()))
    }
}
