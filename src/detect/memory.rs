//! The detector's memory as bytes: a first line that names the format, the newest segment whose reports it knows (8
//! bytes, little-endian), then the [`Detector`] as postcard writes it (postcard.jamesmunns.com, wire format 1).

use super::Detector;

const FORMAT: &[u8] = b"cspwatch detection 10\n";

impl Detector {
    /// The detector as bytes. `known_up_to`: the number of the newest segment whose reports it observed.
    pub fn encode(&self, known_up_to: u64) -> Vec<u8> {
        // Writing to memory does not fail, because the length of every map is known.
        let memory = postcard::to_stdvec(self);
        debug_assert!(memory.is_ok(), "{memory:?}");
        [FORMAT, &known_up_to.to_le_bytes(), &memory.unwrap_or_default()].concat()
    }

    /// Reads what [`Detector::encode`] wrote: the detector, and the segment up to which it knows. `None`: the bytes are of
    /// another version, or damaged.
    pub fn decode(bytes: &[u8]) -> Option<(Self, u64)> {
        let (known_up_to, memory) = bytes.strip_prefix(FORMAT)?.split_first_chunk()?;
        let detector = postcard::from_bytes(memory).ok()?;
        Some((detector, u64::from_le_bytes(*known_up_to)))
    }
}
