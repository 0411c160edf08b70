//! A segment: one file, which is at once the file that is appended to, the window within which duplicates fold, the
//! batch that one INSERT carries, and - by its name - that INSERT's deduplication token.
//!
//! ```text
//! head      which segment it is (segment_id.rs)
//! frames    frame.rs; the last one is a seal, which repeats the head
//! ```
//!
//! One bit of damage in the head must not cost the frames: their checks need its number only, which the file's name has, and
//! the rest comes from the seal.

use std::ops::Range;
use std::path::{Path, PathBuf};

use super::frame::{self, NextFrame};
use super::record::{Record, Sighting};
use super::segment_id::{HEAD_BYTES_MIN, SegmentId};

/// A sealed segment that is not sent yet, or the open one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentFile {
    /// Which segment it is.
    pub id: SegmentId,
    /// Bytes of the file; of the open segment those that are durable.
    pub bytes: u64,
    /// Whether it was there when this process started: ClickHouse may have it already.
    pub is_inherited: bool,
}

/// The extension of a segment's file.
pub(super) const LOG: &str = "log";
/// The file of what ClickHouse rejected of it (rejections.rs).
pub(super) const REJECTED: &str = "refused";
/// A segment of which some rows were rejected, and the rest stored.
pub(super) const QUARANTINED: &str = "quarantined";
/// An unreadable file with the name of a segment.
pub(super) const DAMAGED: &str = "damaged";

/// The file of a segment number.
pub(super) fn path(dir: &Path, number: u64) -> PathBuf {
    dir.join(format!("segment-{number:016x}.{LOG}"))
}

/// The segment number of a file name, and its extension.
pub(super) fn number_of(name: &str) -> Option<(u64, &str)> {
    let (digits, extension) = name.strip_prefix("segment-")?.split_once('.')?;
    let number = (digits.len() == 16).then(|| u64::from_str_radix(digits, 16).ok())??;
    Some((number, extension))
}

/// Reads the records of a segment's bytes, front to back, up to its seal or its end. Damage in the middle is
/// skipped and measured; what follows it is read.
#[derive(Debug)]
pub struct SegmentReader<'a> {
    /// Which segment it is.
    pub id: SegmentId,
    /// Of the id's number.
    check_seed: frame::CheckSeed,
    bytes: &'a [u8],
    position: usize,
    frame: Range<usize>,
    skipped: usize,
    state: ReaderState,
}

/// How far a reader came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReaderState {
    /// There may be more.
    Reading,
    /// It read the seal.
    Sealed,
    /// It read all that was written; there is no seal.
    Open,
    /// It ends in the middle of a frame: a write was cut off.
    Torn,
}

/// How many bytes behind damage are searched for the next sound frame. More than a frame: a disk damages blocks.
const RESYNC_BYTES: usize = 1024 * 1024;

impl<'a> SegmentReader<'a> {
    /// Reads the head; `None` when there is no sound one.
    pub fn new(bytes: &'a [u8]) -> Option<Self> {
        let (id, position) = SegmentId::decode(bytes)?;
        Some(Self::at(bytes, id, position))
    }

    /// Reads what is behind a head that is damaged.
    pub(super) fn headless(bytes: &'a [u8], id: SegmentId) -> Self {
        Self::at(bytes, id, HEAD_BYTES_MIN.min(bytes.len()))
    }

    fn at(bytes: &'a [u8], id: SegmentId, position: usize) -> Self {
        Self {
            id,
            check_seed: frame::CheckSeed::new(id.number),
            bytes,
            position,
            frame: 0..0,
            skipped: 0,
            state: ReaderState::Reading,
        }
    }

    /// How far it came.
    pub fn state(&self) -> ReaderState {
        self.state
    }

    /// Bytes of damage between sound frames.
    pub fn skipped_bytes(&self) -> usize {
        self.skipped
    }

    /// Bytes behind the last sound frame.
    pub fn torn_bytes(&self) -> usize {
        if self.state == ReaderState::Torn { self.bytes.len() - self.position } else { 0 }
    }

    /// The sightings of a segment that was read before and is whole, each with its row's number.
    pub fn sightings(mut self) -> impl Iterator<Item = (u32, Sighting<'a>)> {
        std::iter::from_fn(move || match self.frame_at(self.position) {
            NextFrame::Frame(payload, rest) => {
                self.position = self.bytes.len() - rest.len();
                Some(Sighting::of_report(payload))
            }
            NextFrame::End | NextFrame::Broken => None,
        })
        .flatten()
    }

    /// The bytes of the frame that was read last.
    pub(super) fn frame(&self) -> &'a [u8] {
        &self.bytes[self.frame.clone()]
    }

    /// The record of a frame, and where that ends.
    fn record(&self, frame: &NextFrame<'a>) -> Option<(Record<'a>, usize)> {
        match frame {
            NextFrame::Frame(payload, rest) => {
                Some((Record::decode(payload)?, self.bytes.len() - rest.len()))
            }
            NextFrame::End | NextFrame::Broken => None,
        }
    }

    fn frame_at(&self, position: usize) -> NextFrame<'a> {
        frame::next(&self.bytes[position..], self.check_seed)
    }

    /// Finds the next sound frame behind damage.
    fn resync(&mut self) -> Option<(Record<'a>, usize)> {
        let last = self.bytes.len().min(self.position + RESYNC_BYTES);
        let found = (self.position + 1..last)
            .find_map(|position| Some((position, self.record(&self.frame_at(position))?)))?;
        let (position, record) = found;
        self.skipped += position - self.position;
        self.position = position;
        Some(record)
    }
}

impl<'a> Iterator for SegmentReader<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        if self.state != ReaderState::Reading {
            return None;
        }
        let frame = self.frame_at(self.position);
        // A block of zeroes in the middle is damage, too.
        if frame == NextFrame::End && self.bytes[self.position..].iter().all(|byte| *byte == 0) {
            self.state = ReaderState::Open;
            return None;
        }
        let Some((record, end)) = self.record(&frame).or_else(|| self.resync()) else {
            self.state = ReaderState::Torn;
            return None;
        };
        self.frame = self.position..end;
        self.position = end;
        if matches!(record, Record::Seal { .. }) {
            self.state = ReaderState::Sealed;
        }
        Some(record)
    }
}
