//! Which violations the open segment holds already, and in which of its rows.

use std::collections::hash_map::Entry;

use crate::base::collections::HashMap;
use crate::report::Fingerprint;

/// The rows of one segment, by fingerprint. Bounded by the segment's rows.
#[derive(Debug, Default)]
pub struct FoldTable {
    rows: HashMap<Fingerprint, u32>,
}

/// What became of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Folded {
    /// The first of its violation in the segment: a new row.
    New,
    /// One more of a row that is there.
    Repeats,
    /// The same report, delivered again; it adds nothing.
    Redelivered,
    /// Over the bytes of its network or site: counted, and not kept.
    Limited,
}

impl FoldTable {
    /// The row of a fingerprint; `None` for a new one, which then has the number that [`FoldTable::rows`] was before.
    pub fn fold(&mut self, fingerprint: Fingerprint) -> Option<u32> {
        let next = self.rows();
        match self.rows.entry(fingerprint) {
            Entry::Occupied(row) => Some(*row.get()),
            Entry::Vacant(vacant) => {
                vacant.insert(next);
                None
            }
        }
    }

    /// Whether there is a row of this fingerprint.
    pub fn has(&self, fingerprint: Fingerprint) -> bool {
        self.rows.contains_key(&fingerprint)
    }

    /// How many rows there are.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "a segment has at most limits::SEGMENT_ROWS rows"
    )]
    pub fn rows(&self) -> u32 {
        self.rows.len() as u32
    }
}
