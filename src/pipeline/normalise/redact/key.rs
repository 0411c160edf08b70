//! The key of the hashes that are kept in place of what is not kept.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;

/// Where else a key is derived from the same secret, it is another one.
const PURPOSE: &str = "cspwatch 2026-11-28 hashes of redacted texts";

/// The letters of a hash, four bits each. They are no digits, so that no hash looks like a part of a number. Vowels are
/// missing, so that no hash looks like a word; and `g` and `h`, with which base32 of a digit begins: so nobody can send
/// digits disguised as hashes.
const LETTERS: &[u8; 16] = b"bcdfjklmnpqrstvw";
/// Letters of a hash.
pub(super) const HASH_LETTERS: usize = 8;

/// Derived from the secret that clients are hashed with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RedactionKey([u8; 32]);

impl fmt::Debug for RedactionKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("RedactionKey")
    }
}

impl RedactionKey {
    /// Derives the key from a secret (BLAKE3's key derivation).
    pub fn derive(secret: &[u8]) -> Self {
        Self(blake3::derive_key(PURPOSE, secret))
    }

    /// A random key, the same as long as the process lives: for commands that compare nothing with what is stored.
    pub fn of_process() -> Self {
        static KEY: OnceLock<RedactionKey> = OnceLock::new();
        *KEY.get_or_init(|| {
            let secret = [(); 4].map(|()| RandomState::new().hash_one(PURPOSE).to_le_bytes());
            Self::derive(secret.as_flattened())
        })
    }

    /// 32 bits of a text's keyed hash: enough to see that two texts are equal, too few to find the text by trying all,
    /// even for somebody who has the key.
    pub(super) fn hash(&self, text: &[u8]) -> [u8; HASH_LETTERS] {
        let hash = blake3::keyed_hash(&self.0, text);
        let mut letters = [0; HASH_LETTERS];
        for (index, letter) in letters.iter_mut().enumerate() {
            let nibble = hash.as_bytes()[index / 2] >> (index % 2 * 4) & 15;
            *letter = LETTERS[usize::from(nibble)];
        }
        letters
    }
}

/// Whether bytes are a hash, or could be.
pub(super) fn is_hash(bytes: &[u8]) -> bool {
    bytes.len() == HASH_LETTERS && bytes.iter().all(|byte| LETTERS.contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_stable_and_keyed() {
        let (key, other) = (RedactionKey::derive(&[7; 16]), RedactionKey::derive(&[8; 16]));
        assert_eq!(key.hash(b"8842"), RedactionKey::derive(&[7; 16]).hash(b"8842"));
        assert_ne!(key.hash(b"8842"), key.hash(b"8843"));
        assert_ne!(key.hash(b"8842"), other.hash(b"8842"));
        assert!(is_hash(&key.hash(b"8842")) && !is_hash(b"12345678"));
        assert_eq!(format!("{key:?}"), "RedactionKey");
    }
}
