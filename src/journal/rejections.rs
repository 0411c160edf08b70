//! What ClickHouse rejected of a segment: the file `segment-….refused` beside it, one JSON object per line, in the order
//! in which it was rejected:
//!
//! ```text
//! {"table":"reports","from":0,"to":2,"error":"Code: 117. …"}
//! ```
//!
//! A rejected part is cut in halves, each of which is sent under a token of its own, until single rows are left. The
//! file is written before the halves are sent: after a restart, when ClickHouse may accept what it rejected before, the
//! same parts are sent under the same tokens, and none of them twice.

use std::io;
use std::ops::Range;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::disk::{self, Disk};
use super::segment;
use crate::base::limits;

/// A table that a segment fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "they are named as in ClickHouse")]
pub enum SegmentTable {
    Sightings,
    Limited,
    Policies,
    Reports,
}

/// A part of a segment: some of its rows of one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentPart {
    /// Which table.
    pub table: SegmentTable,
    /// For `reports` and `sightings`, row numbers of the segment; for `limited` and `policies`, positions among its
    /// counts and policies.
    pub rows: Range<u32>,
}

impl SegmentPart {
    /// The token of its INSERT. All rows of a table together go under the segment's own token instead.
    pub fn token(&self, batch_id: &str) -> String {
        format!("{batch_id}/{}-{}", self.rows.start, self.rows.end)
    }

    fn halves(&self) -> [Self; 2] {
        let Range { start, end } = self.rows;
        let middle = start + (end - start) / 2;
        [start..middle, middle..end].map(|rows| Self { table: self.table, rows })
    }
}

/// A part that was rejected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Rejection {
    table: SegmentTable,
    from: u32,
    to: u32,
    error: String,
    /// Whether ClickHouse accepted it later.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    stored: bool,
}

impl Rejection {
    fn part(&self) -> SegmentPart {
        SegmentPart { table: self.table, rows: self.from..self.to }
    }
}

/// All that was rejected of a segment, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rejections(Vec<Rejection>);

impl Rejections {
    /// Reads the file beside a segment.
    pub(super) fn read(disk: &dyn Disk, segment: &Path) -> io::Result<Self> {
        Ok(Self::decode(&disk.read(&segment.with_extension(segment::REJECTED))?)?)
    }

    /// Replaces the file beside a segment durably.
    pub(super) fn write(&self, disk: &dyn Disk, segment: &Path) -> io::Result<()> {
        disk::replace(disk, &segment.with_extension(segment::REJECTED), &self.encode())
    }

    fn decode(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::Deserializer::from_slice(bytes).into_iter().collect::<Result<_, _>>().map(Self)
    }

    fn encode(&self) -> Vec<u8> {
        let lines = self.0.iter().map(|rejection| serde_json::json!(rejection).to_string() + "\n");
        lines.collect::<String>().into_bytes()
    }

    /// Whether a part was rejected.
    pub fn contains(&self, part: &SegmentPart) -> bool {
        self.position(part).is_some()
    }

    /// Adds a part, with the words of ClickHouse.
    pub fn add(&mut self, part: &SegmentPart, error: String) {
        let Range { start: from, end: to } = part.rows;
        self.0.push(Rejection { table: part.table, from, to, error, stored: false });
    }

    /// The halves of a rejected part; `None` where it is not split any further.
    pub fn halves(&self, part: &SegmentPart) -> Option<[SegmentPart; 2]> {
        let is_split = |position| position < limits::REJECTIONS_SPLIT && part.rows.len() > 1;
        self.position(part).is_some_and(is_split).then(|| part.halves())
    }

    /// The rejected parts that are not split any further, each with the words of ClickHouse.
    pub fn parked(&self) -> impl Iterator<Item = (SegmentPart, &str)> {
        let parked = self.0.iter().filter(|rejection| !rejection.stored);
        let parked = parked.map(|rejection| (rejection.part(), rejection.error.as_str()));
        parked.filter(|(part, _)| self.halves(part).is_none())
    }

    /// Marks a parked part as stored: ClickHouse accepted it later.
    pub fn set_stored(&mut self, part: &SegmentPart) {
        if let Some(position) = self.position(part) {
            self.0[position].stored = true;
        }
    }

    fn position(&self, part: &SegmentPart) -> Option<usize> {
        self.0.iter().position(|rejection| rejection.part() == *part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(rows: Range<u32>) -> SegmentPart {
        SegmentPart { table: SegmentTable::Reports, rows }
    }

    #[test]
    fn rejected_parts_are_halved_down_to_rows() {
        let mut rejections = Rejections::default();
        rejections.add(&part(0..3), "Code: 117".to_owned());
        assert_eq!(rejections.halves(&part(0..3)), Some([part(0..1), part(1..3)]));
        assert_eq!(rejections.halves(&part(0..1)), None, "it was not rejected");
        assert_eq!(rejections.parked().count(), 0);
        rejections.add(&part(0..1), "Code: 117, \"row\"".to_owned());
        assert_eq!(rejections.halves(&part(0..1)), None, "a row has no halves");
        let parked: Vec<_> = rejections.parked().collect();
        assert_eq!(parked, [(part(0..1), "Code: 117, \"row\"")]);
        assert_eq!(Rejections::decode(&rejections.encode()).unwrap(), rejections);
        rejections.set_stored(&part(0..1));
        assert_eq!(rejections.parked().count(), 0);
        assert_eq!(Rejections::decode(&rejections.encode()).unwrap(), rejections);
    }

    #[test]
    fn a_segment_is_not_halved_for_ever() {
        let mut rejections = Rejections::default();
        for start in 0..1_000 {
            rejections.add(&part(2 * start..2 * start + 2), String::new());
        }
        assert_eq!(rejections.parked().count(), 1_000 - limits::REJECTIONS_SPLIT);
        assert!(Rejections::decode(b"{\"table\":").is_err());
    }
}
