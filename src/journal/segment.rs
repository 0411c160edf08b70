//! A segment: one file, which is at once what is appended to, the window within which duplicates fold, the
//! batch that one INSERT carries, and - by its name - that INSERT's deduplication token.
//!
//! ```text
//! magic      8 bytes   "CSPWSEG" and the format's version, 1
//! collector  u64 LE    who wrote it
//! number     u64 LE    never used again by this collector
//! opened     i64 LE    milliseconds since the epoch; its day (UTC) is the batch's partition
//! check      u32 LE    CRC32C of the bytes before
//! frames               frame.rs; the last one is a seal
//! ```

use std::path::{Path, PathBuf};

use super::frame::{self, Next};
use super::record::Record;
use crate::clock::Timestamp;

const MAGIC: &[u8; 8] = b"CSPWSEG\x01";

/// Bytes of the header.
pub(super) const HEADER: usize = 36;

/// Who wrote a segment, which one it is, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentId {
    /// The collector's id.
    pub collector: u64,
    /// The segment's number.
    pub number: u64,
    /// When it was opened.
    pub opened: Timestamp,
}

impl SegmentId {
    /// The batch id: the token of every INSERT of this segment, and a column of every row.
    pub fn batch_id(&self) -> String {
        format!("{:016x}-{:010}", self.collector, self.number)
    }

    /// The header's bytes.
    pub(super) fn encode(&self) -> [u8; HEADER] {
        let mut header = [0; HEADER];
        header[..8].copy_from_slice(MAGIC);
        header[8..16].copy_from_slice(&self.collector.to_le_bytes());
        header[16..24].copy_from_slice(&self.number.to_le_bytes());
        header[24..32].copy_from_slice(&self.opened.0.to_le_bytes());
        let check = crc32c::crc32c(&header[..32]);
        header[32..].copy_from_slice(&check.to_le_bytes());
        header
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let header: &[u8; HEADER] = bytes.first_chunk()?;
        let word = |start: usize| {
            let mut word = [0; 8];
            word.copy_from_slice(&header[start..start + 8]);
            word
        };
        let check = u32::from_le_bytes([header[32], header[33], header[34], header[35]]);
        let is_sound = header.starts_with(MAGIC) && crc32c::crc32c(&header[..32]) == check;
        is_sound.then(|| Self {
            collector: u64::from_le_bytes(word(8)),
            number: u64::from_le_bytes(word(16)),
            opened: Timestamp(i64::from_le_bytes(word(24))),
        })
    }
}

/// The file of a segment number.
pub(super) fn path(dir: &Path, number: u64) -> PathBuf {
    dir.join(format!("segment-{number:016x}.log"))
}

/// The segment number of a file name.
pub(super) fn number_of(name: &str) -> Option<u64> {
    let digits = name.strip_prefix("segment-")?.strip_suffix(".log")?;
    (digits.len() == 16).then(|| u64::from_str_radix(digits, 16).ok())?
}

/// Reads the records of a segment's bytes, front to back, up to its seal, its end or the first damage.
#[derive(Debug)]
pub struct SegmentReader<'a> {
    /// Which segment it is.
    pub id: SegmentId,
    rest: &'a [u8],
    length: usize,
    state: State,
}

/// How far a reader came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// There may be more.
    Reading,
    /// It read the seal.
    Sealed,
    /// It read all that was written; there is no seal.
    Open,
    /// It came upon bytes that are no frame: a torn write, or damage.
    Broken,
}

impl<'a> SegmentReader<'a> {
    /// Reads the header; `None` when there is no sound one.
    pub fn new(bytes: &'a [u8]) -> Option<Self> {
        let id = SegmentId::decode(bytes)?;
        Some(Self { id, rest: &bytes[HEADER..], length: bytes.len(), state: State::Reading })
    }

    /// How far it came.
    pub fn state(&self) -> State {
        self.state
    }

    /// Bytes of the header and all sound frames so far.
    pub fn valid_bytes(&self) -> usize {
        self.length - self.rest.len()
    }
}

impl<'a> Iterator for SegmentReader<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        if self.state != State::Reading {
            return None;
        }
        let (payload, rest) = match frame::next(self.rest, self.id.number) {
            Next::Frame(payload, rest) => (payload, rest),
            Next::End => {
                self.state = State::Open;
                return None;
            }
            Next::Broken => {
                self.state = State::Broken;
                return None;
            }
        };
        let Some(record) = Record::decode(payload) else {
            self.state = State::Broken;
            return None;
        };
        self.rest = rest;
        if matches!(record, Record::Seal { .. }) {
            self.state = State::Sealed;
        }
        Some(record)
    }
}
