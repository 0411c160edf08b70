//! What was sent: for each stream a floor, before which everything was sent, and the units after it that were sent.

use std::collections::{BTreeMap, HashMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::{Stream, Unit};
use crate::base::clock::Timestamp;
use crate::base::limits;

/// What is settled. It is kept in the state file and survives a restart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Only of this site; empty for all sites.
    pub site: String,
    streams: BTreeMap<Stream, Sent>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Sent {
    floor: Timestamp,
    /// The units that were sent, by key: when the last event was received, and how many events were sent.
    known: HashMap<u128, (Timestamp, u32)>,
}

impl Position {
    /// The position before anything was sent.
    pub fn new(site: &str) -> Self {
        Self { site: site.to_owned(), streams: BTreeMap::new() }
    }

    /// The floor of a stream; `begin` where it has none yet.
    pub fn begin(&mut self, stream: Stream, begin: Timestamp) -> Timestamp {
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
    Floor(Stream, Timestamp),
}

/// The position, and what was sent but is not settled yet.
#[derive(Debug)]
pub struct Tracker {
    settled: Position,
    /// Each step with the number of the last event sent before it.
    pending: VecDeque<(u64, Step)>,
    /// How many events of each pending unit were sent.
    pending_units: HashMap<(Stream, u128), u32>,
    /// Whether anything was settled since [`Self::news`] was called.
    has_changed: bool,
}

impl Tracker {
    /// Continues from a position.
    pub fn new(settled: Position) -> Self {
        let (pending, pending_units) = Default::default();
        Self { settled, pending, pending_units, has_changed: true }
    }

    /// Whether a unit is still to be sent.
    pub fn wants(&self, stream: Stream, unit: Unit) -> bool {
        let sent = self.pending_units.get(&(stream, unit.key)).copied().unwrap_or_default();
        sent < unit.events && !self.settled.knows(stream, unit)
    }

    /// Notes that a unit was sent. `number` is the target's number of its last event.
    pub fn sent(&mut self, number: u64, stream: Stream, unit: Unit) {
        self.pending.push_back((number, Step::Sent(stream, unit)));
        self.pending_units.insert((stream, unit.key), unit.events);
    }

    /// Notes that everything of a stream before `floor` was sent.
    pub fn reached(&mut self, number: u64, stream: Stream, floor: Timestamp) {
        self.pending.push_back((number, Step::Floor(stream, floor)));
    }

    /// Whether too much is on its way.
    pub fn is_full(&self) -> bool {
        self.pending.len() >= limits::EXPORT_UNSETTLED
    }

    /// Notes that everything up to this number arrived.
    pub fn settle(&mut self, number: u64) {
        while let Some((_, step)) = self.pending.pop_front_if(|(sent, _)| *sent <= number) {
            if let Step::Sent(stream, unit) = step {
                self.pending_units.remove(&(stream, unit.key));
            }
            self.settled.apply(step);
            self.has_changed = true;
        }
    }

    /// Forgets what is not settled: it may not have arrived.
    pub fn lose(&mut self) {
        self.pending.clear();
        self.pending_units.clear();
    }

    /// The floor of a stream; `begin` where it has none yet.
    pub fn begin(&mut self, stream: Stream, begin: Timestamp) -> Timestamp {
        self.settled.begin(stream, begin)
    }

    /// For a stream with too many known units: the floor below which the older half of them would be forgotten.
    pub fn crowded(&self, stream: Stream) -> Option<Timestamp> {
        let known = &self.settled.streams.get(&stream)?.known;
        if known.len() <= limits::EXPORT_KNOWN {
            return None;
        }
        let mut times: Vec<Timestamp> = known.values().map(|(at, _)| *at).collect();
        let middle = times.len() / 2;
        Some(*times.select_nth_unstable(middle).1)
    }

    /// The position, if anything was settled since the last call.
    pub fn news(&mut self) -> Option<&Position> {
        std::mem::take(&mut self.has_changed).then_some(&self.settled)
    }

    /// Makes [`Self::news`] return the position again, because it could not be written.
    pub fn keep_news(&mut self) {
        self.has_changed = true;
    }

    /// Whether [`Self::news`] would return a position.
    pub fn has_news(&self) -> bool {
        self.has_changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNIT: Unit = Unit { key: 7, at: Timestamp::from_seconds(1), events: 2 };

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn what_is_settled_is_sent_once_and_what_is_lost_again() {
        let mut tracker = Tracker::new(Position::new(""));
        tracker.begin(Stream::Sightings, at(0));
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
        assert_eq!(tracker.begin(Stream::Alerts, at(5)), at(5));
        tracker.sent(1, Stream::Alerts, UNIT);
        tracker.reached(1, Stream::Alerts, at(1_001));
        tracker.lose();
        assert_eq!(tracker.begin(Stream::Alerts, at(9)), at(5));
        tracker.sent(2, Stream::Alerts, UNIT);
        tracker.reached(2, Stream::Alerts, at(1_001));
        tracker.settle(2);
        assert_eq!(tracker.begin(Stream::Alerts, at(9)), at(1_001));
        let position = tracker.news().unwrap();
        assert!(position.streams[&Stream::Alerts].known.is_empty(), "it is before the floor");
        assert_eq!(tracker.news(), None);
    }

    #[test]
    fn the_older_half_of_too_many_is_forgotten() {
        let mut tracker = Tracker::new(Position::new(""));
        for (key, millis) in (0..=limits::EXPORT_KNOWN as u128).zip(0..) {
            tracker.sent(1, Stream::Alerts, Unit { key, at: at(millis), events: 1 });
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
