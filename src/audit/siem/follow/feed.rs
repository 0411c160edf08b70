//! Sends events to the target, and keeps track of what has arrived there.

use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::FollowError;
use crate::audit::siem::ecs::Event;
use crate::audit::siem::position::{Position, Tracker};
use crate::audit::siem::state::{StateError, StateFile};
use crate::audit::siem::target::{Target, TargetError};
use crate::audit::siem::{ExportError, Outlet, Stream, Unit};
use crate::base::clock::Timestamp;
use crate::base::display::count;

/// How often a long scan remarks how far it is. A shorter scan makes no remark.
const PROGRESS: Duration = Duration::from_secs(2);
/// How long to wait after the state file could not be written.
const STATE_RETRY: Duration = Duration::from_secs(30);
/// The longest pause between two writes of the state file.
const STATE_PAUSE_MAX: Duration = Duration::from_secs(60);
/// How many bytes a second the writes of the state file may take. A file of the usual size is written after each scan.
const STATE_BYTES_PER_SECOND: usize = 32 * 1024;

/// The target, and what is known of it.
pub(super) struct Feed<F> {
    target: Target,
    tracker: Tracker,
    state: Option<StateFile>,
    /// The number that the target gave to what was sent last.
    number: u64,
    /// When the state file was written last.
    written: Instant,
    /// How long to wait until it is written again.
    pause: Duration,
    stop: watch::Receiver<bool>,
    progress: ScanProgress,
    on_remark: F,
}

struct ScanProgress {
    began: Instant,
    remarked: Instant,
    events: usize,
}

impl Default for ScanProgress {
    fn default() -> Self {
        Self { began: Instant::now(), remarked: Instant::now(), events: 0 }
    }
}

impl<F: FnMut(&str)> Outlet for Feed<F> {
    fn wants(&self, stream: Stream, unit: Unit) -> bool {
        self.tracker.wants(stream, unit)
    }

    async fn put(&mut self, events: &[Event]) -> Result<(), ExportError> {
        if *self.stop.borrow() {
            return Err(ExportError::Stopped);
        }
        self.settle()?;
        self.write_state_if_due();
        if self.tracker.is_full() {
            return Err(ExportError::Full);
        }
        self.number = self.target.send(events).await?;
        self.progress.events += events.len();
        if self.progress.remarked.elapsed() >= PROGRESS {
            self.progress.remarked = Instant::now();
            let (sent, seconds) = (self.progress.events, self.progress.began.elapsed().as_secs());
            let at = events.last().map_or_else(String::new, |last| format!(", up to {}", last.at));
            let sent = count(sent as u64, "event");
            self.remark(&format!("{sent} sent in {seconds} s{at}"));
        }
        Ok(())
    }

    fn done(&mut self, stream: Stream, unit: Unit) {
        self.tracker.sent(self.number, stream, unit);
    }
}

impl<F: FnMut(&str)> Feed<F> {
    pub(super) fn new(
        target: Target,
        position: Position,
        state: Option<StateFile>,
        stop: watch::Receiver<bool>,
        on_remark: F,
    ) -> Self {
        Self {
            target,
            tracker: Tracker::new(position),
            state,
            number: 0,
            written: Instant::now(),
            pause: Duration::ZERO,
            stop,
            progress: ScanProgress::default(),
            on_remark,
        }
    }

    /// Passes a remark to people.
    pub(super) fn remark(&mut self, text: &str) {
        (self.on_remark)(text);
    }

    /// Counts from zero, and notes what has arrived since the last scan.
    pub(super) fn begin_scan(&mut self) -> Result<(), TargetError> {
        self.progress = ScanProgress::default();
        self.settle()
    }

    /// Notes what has arrived, and keeps it.
    pub(super) fn end_scan(&mut self) -> Result<(), ExportError> {
        self.settle()?;
        self.write_state_if_due();
        Ok(())
    }

    /// How many events this scan has sent.
    pub(super) fn events_sent(&self) -> usize {
        self.progress.events
    }

    /// The floor of a stream; `begin` where it has none yet.
    pub(super) fn begin_stream(&mut self, stream: Stream, begin: Timestamp) -> Timestamp {
        self.tracker.begin(stream, begin)
    }

    /// Everything of a stream before `floor` was sent.
    pub(super) fn reached(&mut self, stream: Stream, floor: Timestamp) {
        self.tracker.reached(self.number, stream, floor);
    }

    /// Raises the floor of a stream with more units than can be remembered.
    pub(super) fn forget_if_crowded(&mut self, stream: Stream) {
        let Some(floor) = self.tracker.crowded(stream) else { return };
        let (name, time) = (stream.as_str(), floor);
        self.remark(&format!(
            "{name}: a week has more than can be remembered; what was received before {time} and is not in ClickHouse yet \
             will not be sent"
        ));
        self.reached(stream, floor);
    }

    /// Forgets what was sent and is not settled: it may not have arrived.
    pub(super) fn lose_pending(&mut self) {
        self.tracker.lose();
    }

    fn settle(&mut self) -> Result<(), TargetError> {
        let settled = self.target.settled()?;
        self.tracker.settle(settled);
        Ok(())
    }

    /// If the state file cannot be written, more is sent again after a restart, but nothing is lost.
    fn write_state_if_due(&mut self) {
        if self.tracker.has_news() && self.written.elapsed() >= self.pause {
            self.written = Instant::now();
            if let Err(error) = self.write_state() {
                self.remark(&format!(
                    "{error}; until it can be written, what is sent will be sent again after a restart"
                ));
                self.pause = STATE_RETRY;
            }
        }
    }

    pub(super) fn write_state(&mut self) -> Result<(), StateError> {
        let Some(state) = &self.state else { return Ok(()) };
        let Some(position) = self.tracker.news() else { return Ok(()) };
        match state.write(position) {
            Ok(bytes) => {
                let seconds = bytes / STATE_BYTES_PER_SECOND;
                self.pause = Duration::from_secs(seconds as u64).min(STATE_PAUSE_MAX);
                Ok(())
            }
            Err(error) => {
                self.tracker.keep_news();
                Err(error)
            }
        }
    }

    /// Closes the target, and keeps what has arrived.
    pub(super) async fn finish(mut self) -> Result<(), FollowError> {
        match self.target.finish().await {
            Ok(settled) => self.tracker.settle(settled),
            Err(error) => self.remark(&format!("{error}; the last events will be sent again")),
        }
        Ok(self.write_state()?)
    }
}
