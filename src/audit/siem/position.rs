//! What was sent: of each stream a floor, before which nothing is looked for any more, and what is known after it.

use std::collections::{BTreeMap, HashMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::{Stream, Unit};
use crate::base::limits;

/// What is settled; it survives a restart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Of this site alone; empty: of all.
    pub site: String,
    streams: BTreeMap<Stream, Sent>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Sent {
    /// In milliseconds since 1970.
    floor: i64,
    /// By key: when the last of it was received, and how many events were sent.
    known: HashMap<u128, (i64, u32)>,
}

impl Position {
    /// Nothing was sent.
    pub fn new(site: &str) -> Self {
        Self { site: site.to_owned(), streams: BTreeMap::new() }
    }

    /// Where a stream is; begins it at `begin` if there is none.
    pub fn begin(&mut self, stream: Stream, begin: i64) -> i64 {
        self.streams.entry(stream).or_insert_with(|| Sent { floor: begin, ..Sent::default() }).floor
    }

    fn knows(&self, stream: Stream, unit: Unit) -> bool {
        let sent = self.streams.get(&stream);
        let known = sent.and_then(|sent| sent.known.get(&unit.key));
        known.is_some_and(|(_, events)| *events >= unit.events)
    }

    fn apply(&mut self, step: Step) {
        match step {
            Step::Sent(stream, unit) => {
                let sent = self.streams.entry(stream).or_default();
                let (at, events) = sent.known.entry(unit.key).or_insert((unit.at, unit.events));
                *at = unit.at.max(*at);
                *events = unit.events.max(*events);
            }
            Step::Floor(stream, floor) => {
                let sent = self.streams.entry(stream).or_default();
                sent.floor = sent.floor.max(floor);
                sent.known.retain(|_, (at, _)| *at >= sent.floor);
            }
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Sent(Stream, Unit),
    Floor(Stream, i64),
}

/// The position, and what is on its way.
#[derive(Debug)]
pub struct Tracker {
    settled: Position,
    /// With the number of what was sent last before it.
    pending: VecDeque<(u64, Step)>,
    /// Of these, how many events were sent of each unit.
    on_the_way: HashMap<(Stream, u128), u32>,
    /// Whether there is news since it was asked.
    has_changed: bool,
}

impl Tracker {
    /// Goes on from there.
    pub fn new(settled: Position) -> Self {
        let (pending, on_the_way) = Default::default();
        Self { settled, pending, on_the_way, has_changed: true }
    }

    /// Whether a unit is still to be sent.
    pub fn wants(&self, stream: Stream, unit: Unit) -> bool {
        let sent = self.on_the_way.get(&(stream, unit.key)).copied().unwrap_or_default();
        sent < unit.events && !self.settled.knows(stream, unit)
    }

    /// A unit was sent; the last of it is what the target calls `number`.
    pub fn sent(&mut self, number: u64, stream: Stream, unit: Unit) {
        self.pending.push_back((number, Step::Sent(stream, unit)));
        self.on_the_way.insert((stream, unit.key), unit.events);
    }

    /// All before this time was sent.
    pub fn reached(&mut self, number: u64, stream: Stream, floor: i64) {
        self.pending.push_back((number, Step::Floor(stream, floor)));
    }

    /// Whether more is on its way than should be.
    pub fn is_full(&self) -> bool {
        self.pending.len() >= limits::EXPORT_UNSETTLED
    }

    /// All up to this number arrived.
    pub fn settle(&mut self, number: u64) {
        while let Some((_, step)) = self.pending.pop_front_if(|(of, _)| *of <= number) {
            if let Step::Sent(stream, unit) = step {
                self.on_the_way.remove(&(stream, unit.key));
            }
            self.settled.apply(step);
            self.has_changed = true;
        }
    }

    /// What is not settled may not have arrived.
    pub fn lose(&mut self) {
        self.pending.clear();
        self.on_the_way.clear();
    }

    /// Where a stream is; begins it at `begin` if there is none.
    pub fn begin(&mut self, stream: Stream, begin: i64) -> i64 {
        self.settled.begin(stream, begin)
    }

    /// The floor below which the older half of what is known of a stream would be forgotten, where there is too much of it.
    pub fn crowded(&self, stream: Stream) -> Option<i64> {
        let known = &self.settled.streams.get(&stream)?.known;
        if known.len() <= limits::EXPORT_KNOWN {
            return None;
        }
        let mut times: Vec<i64> = known.values().map(|(at, _)| *at).collect();
        let middle = times.len() / 2;
        Some(*times.select_nth_unstable(middle).1)
    }

    /// What is settled, if that is more than the last time.
    pub fn news(&mut self) -> Option<&Position> {
        std::mem::take(&mut self.has_changed).then_some(&self.settled)
    }

    /// There is news again: it could not be kept.
    pub fn keep_news(&mut self) {
        self.has_changed = true;
    }

    /// Whether there is news.
    pub fn has_news(&self) -> bool {
        self.has_changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNIT: Unit = Unit { key: 7, at: 1_000, events: 2 };

    #[test]
    fn what_is_settled_is_sent_once_and_what_is_lost_again() {
        let mut tracker = Tracker::new(Position::new(""));
        tracker.begin(Stream::Sightings, 0);
        tracker.sent(1, Stream::Sightings, UNIT);
        assert!(!tracker.wants(Stream::Sightings, UNIT), "it is on its way");
        assert!(tracker.wants(Stream::Alerts, UNIT), "another stream");
        tracker.lose();
        assert!(tracker.wants(Stream::Sightings, UNIT));
        tracker.sent(2, Stream::Sightings, UNIT);
        tracker.settle(1);
        tracker.lose();
        assert!(tracker.wants(Stream::Sightings, UNIT), "not settled by what was before it");
        tracker.sent(3, Stream::Sightings, UNIT);
        tracker.settle(3);
        tracker.lose();
        assert!(!tracker.wants(Stream::Sightings, UNIT));
        assert!(tracker.wants(Stream::Sightings, Unit { events: 3, ..UNIT }), "it has grown");
    }

    #[test]
    fn a_floor_is_reached_when_all_before_it_arrived() {
        let mut tracker = Tracker::new(Position::new(""));
        assert_eq!(tracker.begin(Stream::Alerts, 5), 5);
        tracker.sent(1, Stream::Alerts, UNIT);
        tracker.reached(1, Stream::Alerts, 1_001);
        tracker.lose();
        assert_eq!(tracker.begin(Stream::Alerts, 9), 5);
        tracker.sent(2, Stream::Alerts, UNIT);
        tracker.reached(2, Stream::Alerts, 1_001);
        tracker.settle(2);
        assert_eq!(tracker.begin(Stream::Alerts, 9), 1_001);
        let position = tracker.news().unwrap();
        assert!(position.streams[&Stream::Alerts].known.is_empty(), "it is before the floor");
        assert_eq!(tracker.news(), None);
    }

    #[test]
    fn of_too_many_the_older_half_is_forgotten() {
        let mut tracker = Tracker::new(Position::new(""));
        for (key, at) in (0..=limits::EXPORT_KNOWN as u128).zip(0..) {
            tracker.sent(1, Stream::Alerts, Unit { key, at, events: 1 });
        }
        tracker.settle(1);
        let floor = tracker.crowded(Stream::Alerts).unwrap();
        tracker.reached(1, Stream::Alerts, floor);
        tracker.settle(1);
        let left = tracker.news().unwrap().streams[&Stream::Alerts].known.len();
        assert_eq!(left, limits::EXPORT_KNOWN / 2 + 1);
        assert_eq!(tracker.crowded(Stream::Alerts), None);
    }
}
