//! What is remembered, as bytes: a first line that names the format, the newest segment whose reports it knows (8
//! bytes, little-endian), then CBOR (RFC 8949) of the [`Detector`].

use super::Detector;

const FORMAT: &[u8] = b"cspwatch detection 2\n";

impl Detector {
    /// All of it; `known_up_to`: the newest segment whose reports were observed.
    pub fn memory(&self, known_up_to: u64) -> Vec<u8> {
        let mut bytes = [FORMAT, &known_up_to.to_le_bytes()].concat();
        // Writing to memory does not fail, and every map's keys are plain.
        let written = ciborium::into_writer(self, &mut bytes);
        debug_assert!(written.is_ok(), "{written:?}");
        bytes
    }

    /// What [`Detector::memory`] wrote, and up to which segment; `None` when it cannot be read.
    pub fn recall(bytes: &[u8]) -> Option<(Self, u64)> {
        let (known_up_to, memory) = bytes.strip_prefix(FORMAT)?.split_first_chunk()?;
        let detector = ciborium::from_reader(memory).ok()?;
        Some((detector, u64::from_le_bytes(*known_up_to)))
    }
}
