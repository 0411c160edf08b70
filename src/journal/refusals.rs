//! What ClickHouse refused of a segment: the file `segment-….refused` beside it, one JSON object a line, in
//! the order in which it was refused:
//!
//! ```text
//! {"table":"reports","from":0,"to":2,"error":"Code: 117. …"}
//! ```
//!
//! A refused part is cut in halves, and each is sent under a token of its own, until single rows are left.
//! The file is written before the halves are sent: after a restart, by when ClickHouse may have changed its
//! mind, the same parts are sent under the same tokens, and none of them twice.

use std::io;
use std::ops::Range;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::disk::{self, Disk};
use super::segment;
use crate::base::limits;

/// The tables that a segment fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "they are named as in ClickHouse")]
pub enum Table {
    Sightings,
    Limited,
    Policies,
    Reports,
}

/// Rows of one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Which table.
    pub table: Table,
    /// Of `reports` and `sightings`: those of these rows of the segment. Of `limited`
    /// and `policies`: these of its counts and policies.
    pub rows: Range<u32>,
}

impl Part {
    /// The token of its INSERT. Only the whole of a table goes under the segment's own.
    pub fn token(&self, batch_id: &str) -> String {
        format!("{batch_id}/{}-{}", self.rows.start, self.rows.end)
    }

    fn halves(&self) -> [Self; 2] {
        let Range { start, end } = self.rows;
        let middle = start + (end - start) / 2;
        [start..middle, middle..end].map(|rows| Self { table: self.table, rows })
    }
}

/// A part that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Refusal {
    table: Table,
    from: u32,
    to: u32,
    error: String,
    /// Whether it was taken later.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    stored: bool,
}

impl Refusal {
    fn part(&self) -> Part {
        Part { table: self.table, rows: self.from..self.to }
    }
}

/// All that was refused of a segment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusals(Vec<Refusal>);

impl Refusals {
    /// Reads those of a segment.
    pub(super) fn read(disk: &dyn Disk, segment: &Path) -> io::Result<Self> {
        Ok(Self::decode(&disk.read(&segment.with_extension(segment::REFUSED))?)?)
    }

    /// Writes them durably.
    pub(super) fn write(&self, disk: &dyn Disk, segment: &Path) -> io::Result<()> {
        disk::replace(disk, &segment.with_extension(segment::REFUSED), &self.encode())
    }

    fn decode(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::Deserializer::from_slice(bytes).into_iter().collect::<Result<_, _>>().map(Self)
    }

    fn encode(&self) -> Vec<u8> {
        let lines = self.0.iter().map(|refusal| serde_json::json!(refusal).to_string() + "\n");
        lines.collect::<String>().into_bytes()
    }

    /// Whether a part was refused.
    pub fn contains(&self, part: &Part) -> bool {
        self.position(part).is_some()
    }

    /// Notes a refusal.
    pub fn add(&mut self, part: &Part, error: String) {
        let Range { start: from, end: to } = part.rows;
        self.0.push(Refusal { table: part.table, from, to, error, stored: false });
    }

    /// The halves of a refused part; `None` where it is kept as it is.
    pub fn halves(&self, part: &Part) -> Option<[Part; 2]> {
        let is_split = |position| position < limits::REFUSALS_SPLIT && part.rows.len() > 1;
        self.position(part).is_some_and(is_split).then(|| part.halves())
    }

    /// The parts that are kept as they are, each with ClickHouse's words.
    pub fn parked(&self) -> impl Iterator<Item = (Part, &str)> {
        let parked = self.0.iter().filter(|refusal| !refusal.stored);
        let parked = parked.map(|refusal| (refusal.part(), refusal.error.as_str()));
        parked.filter(|(part, _)| self.halves(part).is_none())
    }

    /// Notes that a parked part was taken after all.
    pub fn set_stored(&mut self, part: &Part) {
        if let Some(position) = self.position(part) {
            self.0[position].stored = true;
        }
    }

    fn position(&self, part: &Part) -> Option<usize> {
        self.0.iter().position(|refusal| refusal.part() == *part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(rows: Range<u32>) -> Part {
        Part { table: Table::Reports, rows }
    }

    #[test]
    fn refused_parts_are_halved_down_to_rows() {
        let mut refusals = Refusals::default();
        refusals.add(&part(0..3), "Code: 117".to_owned());
        assert_eq!(refusals.halves(&part(0..3)), Some([part(0..1), part(1..3)]));
        assert_eq!(refusals.halves(&part(0..1)), None, "it was not refused");
        assert_eq!(refusals.parked().count(), 0);
        refusals.add(&part(0..1), "Code: 117, \"row\"".to_owned());
        assert_eq!(refusals.halves(&part(0..1)), None, "a row has no halves");
        let parked: Vec<_> = refusals.parked().collect();
        assert_eq!(parked, [(part(0..1), "Code: 117, \"row\"")]);
        assert_eq!(Refusals::decode(&refusals.encode()).unwrap(), refusals);
        refusals.set_stored(&part(0..1));
        assert_eq!(refusals.parked().count(), 0);
        assert_eq!(Refusals::decode(&refusals.encode()).unwrap(), refusals);
    }

    #[test]
    fn a_segment_is_not_halved_for_ever() {
        let mut refusals = Refusals::default();
        for start in 0..1_000 {
            refusals.add(&part(2 * start..2 * start + 2), String::new());
        }
        assert_eq!(refusals.parked().count(), 1_000 - limits::REFUSALS_SPLIT);
        assert!(Refusals::decode(b"{\"table\":").is_err());
    }
}
