//! Logins that are at the provider: what the console has to remember until the browser comes back.

use std::collections::HashMap;

use openidconnect::{Nonce, PkceCodeVerifier};
use sha2::{Digest as _, Sha256};

use super::ATTEMPT;
use crate::base::clock::Timestamp;
use crate::base::limits;
use crate::base::lock::Mutex;

/// All of them, by the hash of their state.
#[derive(Default)]
pub(super) struct Pending(Mutex<HashMap<[u8; 32], Attempt>>);

/// One of them.
pub(super) struct Attempt {
    pub(super) nonce: Nonce,
    pub(super) verifier: PkceCodeVerifier,
    pub(super) next: String,
    pub(super) since: Timestamp,
}

impl Pending {
    /// Notes one; where there are too many, the oldest has to begin again.
    pub(super) fn begin(&self, state: &str, attempt: Attempt) {
        let mut pending = self.0.lock();
        let now = attempt.since;
        pending.retain(|_, other| now.is_within(ATTEMPT, other.since));
        if pending.len() >= limits::CONSOLE_ATTEMPTS {
            let oldest = pending.iter().min_by_key(|(_, other)| other.since);
            let oldest = oldest.map(|(hash, _)| *hash);
            oldest.and_then(|hash| pending.remove(&hash));
        }
        pending.insert(hash(state), attempt);
    }

    /// Takes one out: each comes back once.
    pub(super) fn end(&self, state: &str, now: Timestamp) -> Option<Attempt> {
        let attempt = self.0.lock().remove(&hash(state))?;
        now.is_within(ATTEMPT, attempt.since).then_some(attempt)
    }
}

fn hash(state: &str) -> [u8; 32] {
    Sha256::digest(state).into()
}
