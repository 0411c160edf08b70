//! Looks through ClickHouse for what is new: often through the last minutes, now and then through the last seven days.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::feed::Feed;
use crate::audit::siem::walk::Walker;
use crate::audit::siem::{ExportError, LATE_MILLIS, Stream, now};
use crate::store::export::{ExportReader, TimeRange};

const DAY_MILLIS: i64 = 24 * 3_600_000;
/// The longest range without any event that one query covers.
const EMPTY_MILLIS: i64 = 64 * DAY_MILLIS;
/// How far back every scan goes.
const NEAR_MILLIS: i64 = 10 * 60_000;
/// How often a scan goes all the way back. Shorter than [`NEAR_MILLIS`], so that nothing falls between the two.
const FULL_EVERY: Duration = Duration::from_secs(5 * 60);
/// How far the clocks of collectors may be ahead of ours.
const AHEAD_MILLIS: i64 = DAY_MILLIS;

/// Scans the streams, and feeds the target with what is new.
pub(super) struct Scanner<F> {
    walker: Walker,
    streams: Vec<Stream>,
    begin: i64,
    last_full: Option<Instant>,
    look_back: Arc<AtomicBool>,
    pub(super) feed: Feed<F>,
}

impl<F: FnMut(&str)> Scanner<F> {
    pub(super) fn new(
        reader: ExportReader,
        streams: Vec<Stream>,
        begin: i64,
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
            let now = now();
            let to = now + AHEAD_MILLIS;
            if is_full {
                self.scan_all(stream, floor, to).await?;
                self.feed.reached(stream, now - LATE_MILLIS);
                self.feed.forget_if_crowded(stream);
            } else {
                let range = TimeRange { from: floor.max(now - NEAR_MILLIS), to };
                self.walker.walk(stream, range, &mut self.feed).await?;
            }
        }
        if is_full {
            self.last_full = Some(began);
        }
        self.feed.end_scan()
    }

    async fn scan_all(&mut self, stream: Stream, from: i64, to: i64) -> Result<(), ExportError> {
        for range in days(from, to) {
            self.walker.walk(stream, range, &mut self.feed).await?;
        }
        Ok(())
    }

    /// Sends what is too old for anything to arrive late; returns the floor that is reached then.
    async fn catch_up(&mut self, stream: Stream) -> Result<i64, ExportError> {
        let mut floor = self.feed.begin_stream(stream, self.begin);
        let end = now() - LATE_MILLIS;
        let mut millis = DAY_MILLIS;
        while floor < end {
            let range = TimeRange { from: floor, to: (floor + millis).min(end) };
            let before = self.feed.events_sent();
            self.walker.walk(stream, range, &mut self.feed).await?;
            self.feed.reached(stream, range.to);
            floor = range.to;
            // Where there is nothing, the next query covers more.
            let is_empty = self.feed.events_sent() == before;
            millis = if is_empty { (2 * millis).min(EMPTY_MILLIS) } else { DAY_MILLIS };
        }
        Ok(floor)
    }
}

/// The range, cut at midnight, so that no query asks for too much.
pub fn days(from: i64, to: i64) -> impl Iterator<Item = TimeRange> {
    let mut from = from;
    std::iter::from_fn(move || {
        let range = TimeRange { from, to: to.min((from.div_euclid(DAY_MILLIS) + 1) * DAY_MILLIS) };
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
