//! Which violations the open segment holds already, and in which of its rows.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::Fingerprint;

/// The rows of one segment, by fingerprint. Bounded by the segment's rows.
#[derive(Debug, Default)]
pub struct FoldTable {
    rows: HashMap<Fingerprint, u32>,
}

/// What a report is within the segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Folded {
    /// The first of its kind: it becomes a row.
    New,
    /// A repetition of this row.
    Repeats(u32),
}

impl FoldTable {
    /// Finds the row of a fingerprint, or makes the next one.
    pub fn fold(&mut self, fingerprint: Fingerprint) -> Folded {
        let next = self.len();
        match self.rows.entry(fingerprint) {
            Entry::Occupied(row) => Folded::Repeats(*row.get()),
            Entry::Vacant(place) => {
                place.insert(next);
                Folded::New
            }
        }
    }

    /// How many rows there are.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "a segment has at most limits::SEGMENT_ROWS rows"
    )]
    pub fn len(&self) -> u32 {
        self.rows.len() as u32
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Forgets all rows, keeps the room.
    pub fn clear(&mut self) {
        self.rows.clear();
    }
}
