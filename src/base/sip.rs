//! A short name for a value: SipHash with a fixed key, so that it is the same after a restart. Where somebody gains by two values
//! with one name, it takes a key.

use std::hash::{Hash, Hasher};

use siphasher::sip::SipHasher13;

/// The hash of a value.
pub fn sip(value: impl Hash) -> u64 {
    let mut hasher = SipHasher13::new();
    value.hash(&mut hasher);
    hasher.finish()
}
