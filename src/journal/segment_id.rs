//! Which segment it is: the head of its file, and - as the batch id - the token of its INSERTs.
//!
//! ```text
//! magic      8 bytes   "CSPWSEG" and the format's version, 2
//! collector  u64 LE    the id of the collector that wrote it
//! number     u64 LE    ascends; used again where a copy of the journal is put back
//! opened     i64 LE    milliseconds since the epoch; its day (UTC) is the batch's partition
//! start      u32 LE    random bits of the process that opened it, never 0
//! cut        u32 LE    0; or a hash of its frames, where another process sealed it
//! check      u32 LE    CRC32C of the bytes before
//! ```
//!
//! Version 1 has no `start` and no `cut`. It is read, and no longer written.
//!
//! ClickHouse drops an INSERT whose token it knows, whatever is in it. So no two segments of different content may have one
//! token: not those of a journal that was copied and of the copy, which have their numbers in common, and not a segment that
//! was copied while it was open.

use crate::base::clock::Timestamp;

const MAGIC: &[u8; 7] = b"CSPWSEG";

/// Bytes of the head of version 1, and of version 2.
const BYTES_1: usize = 36;
const BYTES_2: usize = 44;

/// Bytes of the shortest head.
pub(super) const HEAD_BYTES_MIN: usize = BYTES_1;

/// Which collector wrote a segment, which one it is, and when it was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentId {
    /// The collector's id.
    pub collector: u64,
    /// The segment's number.
    pub number: u64,
    /// When it was opened.
    pub opened: Timestamp,
    /// Random bits of the process that opened it; 0 in version 1.
    pub start: u32,
    /// A hash of its frames, where another process than that sealed it; else 0.
    pub cut: u32,
}

impl SegmentId {
    /// The batch id: the token of every INSERT of this segment, and a column of every row. Those of a collector ascend with
    /// their numbers.
    pub fn batch_id(&self) -> String {
        let Self { collector, number, start, cut, .. } = self;
        match (start, cut) {
            (0, _) => format!("{collector:016x}-{number:010}"),
            (_, 0) => format!("{collector:016x}-{number:010}-{start:08x}"),
            _ => format!("{collector:016x}-{number:010}-{start:08x}-{cut:08x}"),
        }
    }

    /// What the batch ids begin with of all that may be left of it: each is a beginning of the same file.
    pub fn whole_batch_id(&self) -> String {
        Self { cut: 0, ..*self }.batch_id()
    }

    /// The id of what is left of it, where another process seals it: nobody sent just this.
    pub(super) fn cut(self, frames: &[u8]) -> Self {
        let cut = if self.start == 0 { 0 } else { hash(frames) };
        Self { cut, ..self }
    }

    /// The id of a segment whose head is lost, and that was never sealed: nobody sent it.
    pub(super) fn invented(collector: u64, number: u64, opened: Timestamp, frames: &[u8]) -> Self {
        let start = hash(frames);
        Self { collector, number, opened, start, cut: start }
    }

    /// The head's bytes.
    pub(super) fn encode(&self) -> Vec<u8> {
        let is_old = self.start == 0;
        let mut head = Vec::with_capacity(BYTES_2);
        head.extend_from_slice(MAGIC);
        head.push(if is_old { 1 } else { 2 });
        head.extend_from_slice(&self.collector.to_le_bytes());
        head.extend_from_slice(&self.number.to_le_bytes());
        head.extend_from_slice(&self.opened.millis().to_le_bytes());
        if !is_old {
            head.extend_from_slice(&self.start.to_le_bytes());
            head.extend_from_slice(&self.cut.to_le_bytes());
        }
        let check = crc32c::crc32c(&head);
        head.extend_from_slice(&check.to_le_bytes());
        head
    }

    /// Reads the head that some bytes begin with, and how long it is; `None` where there is no sound one.
    pub(super) fn decode(bytes: &[u8]) -> Option<(Self, usize)> {
        let length = match bytes.strip_prefix(MAGIC)?.first()? {
            1 => BYTES_1,
            2 => BYTES_2,
            _ => return None,
        };
        let (fields, check) = bytes.get(..length)?.split_at(length - 4);
        if crc32c::crc32c(fields).to_le_bytes() != check {
            return None;
        }
        let long = |at: usize| Some(u64::from_le_bytes(fields.get(at..at + 8)?.try_into().ok()?));
        let short = |at: usize| Some(u32::from_le_bytes(fields.get(at..at + 4)?.try_into().ok()?));
        let id = Self {
            collector: long(8)?,
            number: long(16)?,
            opened: Timestamp::from_millis(long(24)?.cast_signed()),
            start: short(32).unwrap_or(0),
            cut: short(36).unwrap_or(0),
        };
        Some((id, length))
    }
}

/// A hash that is never 0.
fn hash(frames: &[u8]) -> u32 {
    crc32c::crc32c(frames).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: SegmentId = SegmentId {
        collector: 0xAB,
        number: 7,
        opened: Timestamp::from_seconds(1_800_000_000),
        start: 0xC0FFEE,
        cut: 0,
    };

    #[test]
    fn heads_of_both_versions_come_back_and_damaged_ones_do_not() {
        for (id, length) in [(SegmentId { start: 0, ..ID }, 36), (ID, 44), (ID.cut(b"x"), 44)] {
            let head = id.encode();
            assert_eq!(SegmentId::decode(&head), Some((id, length)));
            assert_eq!(SegmentId::decode(&head[..length - 1]), None);
            for bit in 0..8 * length {
                let mut damaged = head.clone();
                damaged[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(SegmentId::decode(&damaged), None, "bit {bit}");
            }
        }
    }

    #[test]
    fn tokens_differ_by_process_and_by_what_is_left() {
        assert_eq!(ID.batch_id(), "00000000000000ab-0000000007-00c0ffee");
        assert_eq!(SegmentId { start: 0, ..ID }.batch_id(), "00000000000000ab-0000000007");
        let (some, more) = (ID.cut(b"some"), ID.cut(b"some more"));
        assert_ne!(some.batch_id(), more.batch_id());
        assert_eq!(some.batch_id(), ID.cut(b"some").batch_id());
        assert_eq!(some.whole_batch_id(), ID.batch_id());
    }
}
