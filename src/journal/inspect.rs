//! Reads a journal without changing it, also while a collector uses it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::disk::RealDisk;
use super::lost_head::lost_id;
use super::record::Record;
use super::rejections::Rejections;
use super::segment::{self, ReaderState, SegmentReader};
use super::segment_id::SegmentId;

/// What a file of the directory is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SegmentFinding {
    /// A segment.
    Segment(Inspection),
    /// Named like a segment, but none.
    NoSegment,
    /// Set aside because it cannot be read.
    SetAside,
    /// What ClickHouse rejected of a segment.
    Rejections(Rejections),
    /// One of the small files beside the segments.
    Known,
    /// Not a file of cspwatch.
    Foreign,
}

/// What a segment holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// Which one.
    pub id: SegmentId,
    /// Whether its head is sound. If not, it is found out from the rest, and the next start writes it anew.
    pub has_head: bool,
    /// How far it can be read.
    pub state: ReaderState,
    /// How many rows: distinct violations.
    pub rows: u64,
    /// How many reports: first sightings and repetitions.
    pub reports: u64,
    /// How many reports were only counted.
    pub limited: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// Bytes of damage between sound frames.
    pub skipped: u64,
    /// Bytes behind the last sound frame.
    pub torn: u64,
    /// Whether rows and reports are as many as the seal says; true without a seal.
    pub is_as_sealed: bool,
}

impl Inspection {
    /// Whether nothing is lost. The open segment of a running collector may well be torn.
    pub fn is_sound(&self) -> bool {
        self.has_head && self.skipped == 0 && self.torn == 0 && self.is_as_sealed
    }
}

/// The files of a directory in the order of their names.
pub fn list_files(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(dir)?;
    let mut files: Vec<PathBuf> =
        entries.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    files.sort();
    Ok(files)
}

/// Says what a file is. `on_record` is called for every record of a segment.
pub fn inspect_file(
    file: &Path,
    mut on_record: impl FnMut(&Record<'_>),
) -> io::Result<SegmentFinding> {
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    match name {
        "collector" | "client.key" | "decisions" | "detection" | "exchange" | "lock" | "probe"
        | "sent" => {
            return Ok(SegmentFinding::Known);
        }
        _ => {}
    }
    match segment::number_of(name) {
        Some((_, segment::LOG | segment::QUARANTINED)) => {}
        Some((_, segment::REJECTED)) => {
            return Ok(SegmentFinding::Rejections(Rejections::read(&RealDisk, file)?));
        }
        Some((_, segment::DAMAGED)) => return Ok(SegmentFinding::SetAside),
        _ => return Ok(SegmentFinding::Foreign),
    }
    let bytes = fs::read(file)?;
    let with_head = SegmentReader::new(&bytes);
    let has_head = with_head.is_some();
    // Which collector wrote it matters to its tokens only.
    let headless = || Some(SegmentReader::headless(&bytes, lost_id(&bytes, file, 0)?));
    let Some(mut reader) = with_head.or_else(headless) else {
        return Ok(SegmentFinding::NoSegment);
    };
    let (mut rows, mut reports, mut limited, mut seal) = (0, 0, 0, None);
    for record in reader.by_ref() {
        match &record {
            Record::First { .. } => {
                rows += 1;
                reports += 1;
            }
            Record::Repeat { .. } => reports += 1,
            Record::Limited { count, .. } => limited += count,
            Record::Policy { .. } => {}
            Record::Seal { rows, reports, .. } => seal = Some((u64::from(*rows), *reports)),
        }
        on_record(&record);
    }
    Ok(SegmentFinding::Segment(Inspection {
        id: reader.id,
        has_head,
        state: reader.state(),
        rows,
        reports,
        limited,
        bytes: bytes.len() as u64,
        skipped: reader.skipped_bytes() as u64,
        torn: reader.torn_bytes() as u64,
        is_as_sealed: seal.is_none_or(|seal| seal == (rows, reports)),
    }))
}
