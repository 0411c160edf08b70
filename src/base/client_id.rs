//! Who sent a report, as far as anything beyond the listener knows: a keyed hash.

/// The network of a client as its hash tells it.
pub fn network_of(client: u64) -> u32 {
    (client >> 32) as u32
}
