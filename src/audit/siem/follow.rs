//! Follows what is new, until somebody wants it to end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::position::{Position, Tracker};
use super::state::{StateError, StateFile};
use super::target::{Target, TargetError};
use super::walk::Walker;
use super::{ExportError, LATE_MILLIS, Outlet, Stream, Unit, now};
use crate::audit::siem::ecs::Event;
use crate::base::backoff::Backoff;
use crate::base::clock::Timestamp;
use crate::store::export::{Range, Reader};

const DAY_MILLIS: i64 = 24 * 3_600_000;
/// The most of the past that is asked at once.
const EMPTY_MILLIS: i64 = 64 * DAY_MILLIS;
/// How far back every look goes,
const NEAR_MILLIS: i64 = 10 * 60_000;
/// and how often one goes back all the way. Shorter than what the others see, so that nothing is between them.
const FAR_EVERY: Duration = Duration::from_secs(5 * 60);
/// Clocks of collectors may be ahead of ours.
const AHEAD_MILLIS: i64 = DAY_MILLIS;
/// How often it is told how far a long look is, and how long that takes before it is worth telling.
const PROGRESS: Duration = Duration::from_secs(2);
/// The state file is written as often as makes so many bytes a second: a long one each minute, a usual one always.
const STATE_BYTES_PER_SECOND: usize = 32 * 1024;
/// How long what is on its way has to arrive, when it is to end.
const END: Duration = Duration::from_secs(10);

/// What is followed, and where to.
pub struct Follow<T> {
    /// Asks.
    pub reader: Reader,
    /// What.
    pub streams: Vec<Stream>,
    /// Takes it.
    pub target: Target,
    /// Where the position is kept.
    pub state: Option<StateFile>,
    /// How often it is looked.
    pub every: Duration,
    /// Becomes true when it is to look back all the way.
    pub look_back: Arc<AtomicBool>,
    /// Becomes true when it is to end.
    pub stop: watch::Receiver<bool>,
    /// Says something to people.
    pub tell: T,
}

impl<T: FnMut(&str)> Follow<T> {
    /// Follows from a position on; a stream that has none begins at `begin`.
    ///
    /// # Errors
    /// What does not pass by itself.
    pub async fn run(self, position: Position, begin: Timestamp) -> Result<(), FollowError> {
        let Self { reader, streams, target, state, every, look_back, mut stop, tell } = self;
        let ending = stop.clone();
        let mut looking = Looking {
            walker: Walker::following(reader),
            streams,
            begin: begin.0,
            looked_far: None,
            look_back,
            out: Out {
                target,
                tracker: Tracker::new(position),
                state,
                number: 0,
                written: Instant::now(),
                pause: Duration::ZERO,
                stop: ending,
                progress: Progress::default(),
                tell,
            },
        };
        let (mut backoff, mut told) = (Backoff::for_shared_server(), None);
        loop {
            let mut ended = stop.clone();
            let looked = tokio::select! {
                looked = looking.look() => looked,
                // What is sent just now has a moment; what of it does not arrive is sent again.
                () = after_end(&mut ended) => Err(ExportError::Stopped),
            };
            let pause = match looking.judge(looked, &mut told, &mut backoff, every) {
                Ok(Some(pause)) => pause,
                Ok(None) => break,
                Err(error) => {
                    // What is settled is; the error says more than one about the state would.
                    let _ = looking.out.write();
                    return Err(error);
                }
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                _ = stop.wait_for(|stop| *stop) => break,
            }
        }
        looking.out.end().await
    }
}

/// Why it ends by itself.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the causes say it")]
pub enum FollowError {
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error(transparent)]
    State(#[from] StateError),
}

/// Who is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    ClickHouse,
    Target,
}

async fn after_end(stop: &mut watch::Receiver<bool>) {
    // Who would say so is gone: then it ends, too.
    let _ = stop.wait_for(|stop| *stop).await;
    tokio::time::sleep(END).await;
}

struct Looking<T> {
    walker: Walker,
    streams: Vec<Stream>,
    begin: i64,
    looked_far: Option<Instant>,
    look_back: Arc<AtomicBool>,
    out: Out<T>,
}

impl<T: FnMut(&str)> Looking<T> {
    /// Sends what is new.
    async fn look(&mut self) -> Result<(), ExportError> {
        self.out.progress = Progress::default();
        self.out.settle()?;
        if self.look_back.swap(false, Ordering::Relaxed) {
            self.looked_far = None;
        }
        let is_far = self.looked_far.is_none_or(|at| at.elapsed() >= FAR_EVERY);
        let began = Instant::now();
        for stream in self.streams.clone() {
            let floor = self.catch_up(stream).await?;
            let now = now();
            let near = now - NEAR_MILLIS;
            let to = now + AHEAD_MILLIS;
            if !is_far {
                let range = Range { from: near.max(floor), to };
                self.walker.walk(stream, range, &mut self.out).await?;
            } else {
                for range in days(floor, to) {
                    self.walker.walk(stream, range, &mut self.out).await?;
                }
                self.out.reached(stream, now - LATE_MILLIS);
                if let Some(floor) = self.out.tracker.crowded(stream) {
                    self.out.tell_crowded(stream, floor);
                }
            }
        }
        if is_far {
            self.looked_far = Some(began);
        }
        self.out.settle()?;
        self.out.write_if_due();
        Ok(())
    }

    /// Sends what is so old that nothing comes late any more; the floor that is reached.
    async fn catch_up(&mut self, stream: Stream) -> Result<i64, ExportError> {
        let mut floor = self.out.tracker.begin(stream, self.begin);
        let end = now() - LATE_MILLIS;
        let mut millis = DAY_MILLIS;
        while floor < end {
            let range = Range { from: floor, to: (floor + millis).min(end) };
            let before = self.out.progress.events;
            self.walker.walk(stream, range, &mut self.out).await?;
            self.out.reached(stream, range.to);
            floor = range.to;
            // Where nothing is, more is asked at once.
            let is_empty = self.out.progress.events == before;
            millis = if is_empty { (2 * millis).min(EMPTY_MILLIS) } else { DAY_MILLIS };
        }
        Ok(floor)
    }

    /// How long to wait after a look; `None`: it is to end.
    fn judge(
        &mut self,
        looked: Result<(), ExportError>,
        told: &mut Option<Side>,
        backoff: &mut Backoff,
        every: Duration,
    ) -> Result<Option<Duration>, FollowError> {
        let error = match looked {
            Ok(()) => {
                if told.take().is_some() {
                    (self.out.tell)("it goes on");
                }
                backoff.reset();
                return Ok(Some(every));
            }
            Err(ExportError::Stopped) => return Ok(None),
            // Not far yet; what is left is looked for again.
            Err(ExportError::Full) => return Ok(Some(every)),
            Err(error) => error,
        };
        self.looked_far = None;
        if let ExportError::Target(target) = error {
            self.out.tracker.lose();
            if !target.may_pass() {
                return Err(target.into());
            }
            self.say_once(told, Side::Target, &target.to_string());
        } else {
            self.say_once(told, Side::ClickHouse, &error.to_string());
        }
        Ok(Some(backoff.next_pause()))
    }

    /// The words change from attempt to attempt; that it fails is one thing.
    fn say_once(&mut self, told: &mut Option<Side>, side: Side, why: &str) {
        if *told != Some(side) {
            (self.out.tell)(&format!("{why}; trying again until it passes"));
            *told = Some(side);
        }
    }
}

/// Where events go, and what is remembered of that.
struct Out<T> {
    target: Target,
    tracker: Tracker,
    state: Option<StateFile>,
    /// Of what was sent last.
    number: u64,
    /// When the state was.
    written: Instant,
    /// And how long it may stay so.
    pause: Duration,
    stop: watch::Receiver<bool>,
    progress: Progress,
    tell: T,
}

struct Progress {
    began: Instant,
    told: Instant,
    events: usize,
}

impl Default for Progress {
    fn default() -> Self {
        Self { began: Instant::now(), told: Instant::now(), events: 0 }
    }
}

impl<T: FnMut(&str)> Outlet for Out<T> {
    fn wants(&self, stream: Stream, unit: Unit) -> bool {
        self.tracker.wants(stream, unit)
    }

    async fn put(&mut self, events: &[Event]) -> Result<(), ExportError> {
        if *self.stop.borrow() {
            return Err(ExportError::Stopped);
        }
        self.settle()?;
        self.write_if_due();
        if self.tracker.is_full() {
            return Err(ExportError::Full);
        }
        self.number = self.target.send(events).await?;
        self.progress.events += events.len();
        if self.progress.told.elapsed() >= PROGRESS {
            self.progress.told = Instant::now();
            let (sent, seconds) = (self.progress.events, self.progress.began.elapsed().as_secs());
            let at = events.last().map_or_else(String::new, |last| format!(", up to {}", last.at));
            (self.tell)(&format!("{sent} events sent in {seconds} s{at}"));
        }
        Ok(())
    }

    fn done(&mut self, stream: Stream, unit: Unit) {
        self.tracker.sent(self.number, stream, unit);
    }
}

impl<T: FnMut(&str)> Out<T> {
    fn settle(&mut self) -> Result<(), TargetError> {
        let settled = self.target.settled()?;
        self.tracker.settle(settled);
        Ok(())
    }

    fn reached(&mut self, stream: Stream, floor: i64) {
        self.tracker.reached(self.number, stream, floor);
    }

    fn tell_crowded(&mut self, stream: Stream, floor: i64) {
        let (stream_name, floor_time) = (stream.as_str(), Timestamp(floor));
        (self.tell)(&format!(
            "{stream_name}: there is more within a week than is remembered; what was received before {floor_time} and is \
             not in ClickHouse yet will not be sent"
        ));
        self.reached(stream, floor);
    }

    /// Where the state cannot be written, more is sent again after a restart; nothing is lost.
    fn write_if_due(&mut self) {
        if self.tracker.has_news() && self.written.elapsed() >= self.pause {
            self.written = Instant::now();
            if let Err(error) = self.write() {
                (self.tell)(&format!(
                    "{error}; what is sent meanwhile would be sent again after a restart"
                ));
                self.pause = PROGRESS * 15;
            }
        }
    }

    fn write(&mut self) -> Result<(), StateError> {
        let Some(state) = &self.state else { return Ok(()) };
        let Some(position) = self.tracker.news() else { return Ok(()) };
        match state.write(position) {
            Ok(bytes) => {
                let seconds = bytes / STATE_BYTES_PER_SECOND;
                self.pause = Duration::from_secs(seconds as u64).min(Duration::from_secs(60));
                Ok(())
            }
            Err(error) => {
                self.tracker.keep_news();
                Err(error)
            }
        }
    }

    async fn end(mut self) -> Result<(), FollowError> {
        match self.target.finish().await {
            Ok(settled) => self.tracker.settle(settled),
            Err(error) => (self.tell)(&format!("{error}; the last events will be sent again")),
        }
        Ok(self.write()?)
    }
}

/// The range day by day: what is asked at once should not be too much.
pub fn days(from: i64, to: i64) -> impl Iterator<Item = Range> {
    let mut from = from;
    std::iter::from_fn(move || {
        let range = Range { from, to: to.min((from.div_euclid(DAY_MILLIS) + 1) * DAY_MILLIS) };
        from = range.to;
        (range.from < range.to).then_some(range)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_cut_at_midnight() {
        let days =
            |from, to| days(from, to).map(|range| (range.from, range.to)).collect::<Vec<_>>();
        assert_eq!(days(5, 5), []);
        assert_eq!(days(6, 5), []);
        assert_eq!(days(5, 6), [(5, 6)]);
        assert_eq!(days(5, DAY_MILLIS), [(5, DAY_MILLIS)]);
        let ranges = days(5, 2 * DAY_MILLIS + 1);
        assert_eq!(
            ranges,
            [(5, DAY_MILLIS), (DAY_MILLIS, 2 * DAY_MILLIS), (2 * DAY_MILLIS, 2 * DAY_MILLIS + 1)]
        );
    }
}
