//! Looks through ClickHouse for what is new: often through the last minutes, now and then through the last seven days.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::feed::Feed;
use crate::audit::siem::walk::Walker;
use crate::audit::siem::{ExportError, LATE, Stream};
use crate::base::clock::{DAY, Timestamp, days};
use crate::store::export::{ExportReader, TimeRange};

/// The longest range without any event that one query covers.
const EMPTY: Duration = days(64);
/// How far back every scan goes.
const NEAR: Duration = Duration::from_mins(10);
/// How often a scan goes all the way back. Shorter than [`NEAR`], so that nothing falls between the two.
const FULL_EVERY: Duration = Duration::from_mins(5);
/// How far the clocks of collectors may be ahead of ours.
const AHEAD: Duration = DAY;

/// Scans the streams, and feeds the target with what is new.
pub(super) struct Scanner<F> {
    walker: Walker,
    streams: Vec<Stream>,
    begin: Timestamp,
    last_full: Option<Instant>,
    look_back: Arc<AtomicBool>,
    pub(super) feed: Feed<F>,
}

impl<F: FnMut(&str)> Scanner<F> {
    pub(super) fn new(
        reader: ExportReader,
        streams: Vec<Stream>,
        begin: Timestamp,
        look_back: Arc<AtomicBool>,
        feed: Feed<F>,
    ) -> Self {
        let walker = Walker::following(reader);
        Self { walker, streams, begin, last_full: None, look_back, feed }
    }

    /// Makes the next scan go all the way back.
    pub(super) fn scan_fully_next(&mut self) {
        self.last_full = None;
    }

    /// Sends what is new.
    pub(super) async fn scan(&mut self) -> Result<(), ExportError> {
        self.feed.begin_scan()?;
        if self.look_back.swap(false, Ordering::Relaxed) {
            self.scan_fully_next();
        }
        let is_full = self.last_full.is_none_or(|at| at.elapsed() >= FULL_EVERY);
        let began = Instant::now();
        for stream in self.streams.clone() {
            let floor = self.catch_up(stream).await?;
            let now = Timestamp::now();
            let to = now + AHEAD;
            if is_full {
                self.scan_all(stream, floor, to).await?;
                self.feed.reached(stream, now - LATE);
                self.feed.forget_if_crowded(stream);
            } else {
                let range = TimeRange { from: floor.max(now - NEAR), to };
                self.walker.walk(stream, range, &mut self.feed).await?;
            }
        }
        if is_full {
            self.last_full = Some(began);
        }
        self.feed.end_scan()
    }

    async fn scan_all(
        &mut self,
        stream: Stream,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<(), ExportError> {
        for range in by_day(from, to) {
            self.walker.walk(stream, range, &mut self.feed).await?;
        }
        Ok(())
    }

    /// Sends what is too old for anything to arrive late; returns the floor that is reached then.
    async fn catch_up(&mut self, stream: Stream) -> Result<Timestamp, ExportError> {
        let mut floor = self.feed.begin_stream(stream, self.begin);
        let end = Timestamp::now() - LATE;
        let mut length = DAY;
        while floor < end {
            let range = TimeRange { from: floor, to: (floor + length).min(end) };
            let before = self.feed.events_sent();
            self.walker.walk(stream, range, &mut self.feed).await?;
            self.feed.reached(stream, range.to);
            floor = range.to;
            // Where there is nothing, the next query covers more.
            let is_empty = self.feed.events_sent() == before;
            length = if is_empty { (2 * length).min(EMPTY) } else { DAY };
        }
        Ok(floor)
    }
}

/// The range, cut at midnight, so that no query asks for too much.
pub fn by_day(from: Timestamp, to: Timestamp) -> impl Iterator<Item = TimeRange> {
    let mut from = from;
    std::iter::from_fn(move || {
        let range = TimeRange { from, to: to.min(Timestamp::from_day(from.day() + 1)) };
        from = range.to;
        (range.from < range.to).then_some(range)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_cut_at_midnight() {
        let ranges = |hours: [i64; 2]| {
            let [from, to] = hours.map(Timestamp::from_hour);
            let hours = by_day(from, to).map(|range| (range.from.hour(), range.to.hour()));
            hours.collect::<Vec<_>>()
        };
        assert_eq!(ranges([5, 5]), []);
        assert_eq!(ranges([6, 5]), []);
        assert_eq!(ranges([5, 6]), [(5, 6)]);
        assert_eq!(ranges([5, 24]), [(5, 24)]);
        assert_eq!(ranges([5, 49]), [(5, 24), (24, 48), (48, 49)]);
    }
}
