//! Frames: how a record stands in a file.
//!
//! ```text
//! length  u32 LE   bytes of the payload, 1 to limits::FRAME_BYTES
//! check   u32 LE   CRC32C of segment number (8 bytes LE) + payload
//! payload          a record (record.rs)
//! ```
//!
//! The segment number is in the check so that bytes of an older file, left in blocks that the disk hands
//! out again, never pass for frames of this one. A length of 0 is the end: preallocated space.

use crate::base::limits;

/// Bytes before the payload.
const HEADER: usize = 8;

/// Appends a frame with what `payload` writes.
pub(super) fn put(out: &mut Vec<u8>, segment: Number, payload: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0; HEADER]);
    payload(out);
    let length = out.len() - start - HEADER;
    assert!((1..=limits::FRAME_BYTES).contains(&length), "a frame has a bounded payload");
    let check = check(segment, &out[start + HEADER..]);
    let length = u32::try_from(length).unwrap_or(u32::MAX);
    out[start..start + 4].copy_from_slice(&length.to_le_bytes());
    out[start + 4..start + HEADER].copy_from_slice(&check.to_le_bytes());
}

/// What stands at the beginning of some bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next<'a> {
    /// A sound frame's payload, and what follows it.
    Frame(&'a [u8], &'a [u8]),
    /// Nothing more was written.
    End,
    /// Neither: a torn write, or damage.
    Broken,
}

/// Reads the frame at the beginning of `bytes`.
pub(super) fn next(bytes: &[u8], segment: Number) -> Next<'_> {
    let Some((header, rest)) = bytes.split_at_checked(HEADER) else {
        return if bytes.iter().all(|byte| *byte == 0) { Next::End } else { Next::Broken };
    };
    let length = u32::from_le_bytes([header[0], header[1], header[2], header[3]]) as usize;
    let expected = u32::from_le_bytes([header[4], header[5], header[6], header[7]]);
    if length == 0 && expected == 0 {
        return Next::End;
    }
    match rest.split_at_checked(length) {
        Some((payload, rest)) if length > 0 && check(segment, payload) == expected => {
            Next::Frame(payload, rest)
        }
        _ => Next::Broken,
    }
}

/// A segment's number, as it goes into the checks: its own CRC32C, which that of each payload goes on from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Number(u32);

impl Number {
    pub(super) fn new(segment: u64) -> Self {
        Self(crc32c::crc32c(&segment.to_le_bytes()))
    }
}

fn check(segment: Number, payload: &[u8]) -> u32 {
    crc32c::crc32c_append(segment.0, payload)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_back_and_no_others() {
        let seven = Number::new(7);
        let mut bytes = Vec::new();
        put(&mut bytes, seven, |out| out.extend_from_slice(b"hello"));
        put(&mut bytes, seven, |out| out.push(1));
        let Next::Frame(first, rest) = next(&bytes, seven) else { panic!("a frame") };
        assert_eq!(first, b"hello");
        assert_eq!(next(rest, seven), Next::Frame(&[1], &[]));
        assert_eq!(next(&bytes, Number::new(8)), Next::Broken, "a frame of another segment");
        assert_eq!(next(&[], seven), Next::End);
        assert_eq!(next(&[0; 100], seven), Next::End);
        for length in 1..13 {
            assert_eq!(next(&bytes[..length], seven), Next::Broken);
        }
        for index in 0..13 {
            let mut damaged = bytes.clone();
            damaged[index] ^= 1;
            assert_eq!(next(&damaged, seven), Next::Broken, "byte {index}");
        }
    }
}
