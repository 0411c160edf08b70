//! Frames: the form of a record in a segment's file.
//!
//! ```text
//! length  u32 LE   bytes of the payload, 1 to limits::FRAME_BYTES
//! check   u32 LE   CRC32C of the segment's number (8 bytes LE) and the payload
//! payload          a record (record.rs)
//! ```
//!
//! The segment's number is a part of the check so that bytes of an older file, left in blocks that the disk reuses, are
//! never taken for frames of this one. A length of 0 is the end: preallocated space.

use crate::base::limits;

/// Bytes before the payload.
const HEADER_BYTES: usize = 8;

/// Appends a frame with what `payload` writes.
pub(super) fn put(out: &mut Vec<u8>, seed: CheckSeed, payload: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0; HEADER_BYTES]);
    payload(out);
    let length = out.len() - start - HEADER_BYTES;
    assert!((1..=limits::FRAME_BYTES).contains(&length), "a frame has a bounded payload");
    let check = check(seed, &out[start + HEADER_BYTES..]);
    let length = u32::try_from(length).unwrap_or(u32::MAX);
    out[start..start + 4].copy_from_slice(&length.to_le_bytes());
    out[start + 4..start + HEADER_BYTES].copy_from_slice(&check.to_le_bytes());
}

/// What some bytes begin with.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NextFrame<'a> {
    /// A sound frame's payload, and what follows it.
    Frame(&'a [u8], &'a [u8]),
    /// The end: nothing more was written.
    End,
    /// Neither: a torn write, or damage.
    Broken,
}

/// Reads the frame at the beginning of `bytes`.
pub(super) fn next(bytes: &[u8], seed: CheckSeed) -> NextFrame<'_> {
    let Some((header, rest)) = bytes.split_at_checked(HEADER_BYTES) else {
        return if bytes.iter().all(|byte| *byte == 0) {
            NextFrame::End
        } else {
            NextFrame::Broken
        };
    };
    let length = u32::from_le_bytes([header[0], header[1], header[2], header[3]]) as usize;
    let expected = u32::from_le_bytes([header[4], header[5], header[6], header[7]]);
    if length == 0 && expected == 0 {
        return NextFrame::End;
    }
    match rest.split_at_checked(length) {
        Some((payload, rest)) if length > 0 && check(seed, payload) == expected => {
            NextFrame::Frame(payload, rest)
        }
        _ => NextFrame::Broken,
    }
}

/// The CRC32C of a segment's number, from which the check of each of its payloads continues.
#[derive(Clone, Copy, Debug)]
pub(super) struct CheckSeed(u32);

impl CheckSeed {
    pub(super) fn new(segment: u64) -> Self {
        Self(crc32c::crc32c(&segment.to_le_bytes()))
    }
}

fn check(seed: CheckSeed, payload: &[u8]) -> u32 {
    crc32c::crc32c_append(seed.0, payload)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_back_and_no_others() {
        let seven = CheckSeed::new(7);
        let mut bytes = Vec::new();
        put(&mut bytes, seven, |out| out.extend_from_slice(b"hello"));
        put(&mut bytes, seven, |out| out.push(1));
        let NextFrame::Frame(first, rest) = next(&bytes, seven) else { panic!("a frame") };
        assert_eq!(first, b"hello");
        assert_eq!(next(rest, seven), NextFrame::Frame(&[1], &[]));
        assert_eq!(
            next(&bytes, CheckSeed::new(8)),
            NextFrame::Broken,
            "a frame of another segment"
        );
        assert_eq!(next(&[], seven), NextFrame::End);
        assert_eq!(next(&[0; 100], seven), NextFrame::End);
        for length in 1..13 {
            assert_eq!(next(&bytes[..length], seven), NextFrame::Broken);
        }
        for index in 0..13 {
            let mut damaged = bytes.clone();
            damaged[index] ^= 1;
            assert_eq!(next(&damaged, seven), NextFrame::Broken, "byte {index}");
        }
    }
}
