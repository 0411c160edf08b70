//! Logins that are at the provider: what the console has to remember until the browser comes back.

use std::collections::HashMap;

use openidconnect::{Nonce, PkceCodeVerifier};
use sha2::{Digest as _, Sha256};

use super::ATTEMPT;
use crate::base::client_id::NetworkId;
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
    /// Where the browser is.
    pub(super) network: NetworkId,
}

impl Pending {
    /// Notes one; where there are too many of its network, or in all, the oldest has to begin again.
    pub(super) fn begin(&self, state: &str, attempt: Attempt) {
        let mut pending = self.0.lock();
        let now = attempt.since;
        pending.retain(|_, other| now.is_within(ATTEMPT, other.since));
        let network = attempt.network;
        make_room(&mut pending, limits::CONSOLE_ATTEMPTS_PER_NETWORK, |other| {
            other.network == network
        });
        make_room(&mut pending, limits::CONSOLE_ATTEMPTS, |_| true);
        pending.insert(hash(state), attempt);
    }

    /// Takes one out: each comes back once.
    pub(super) fn end(&self, state: &str, now: Timestamp) -> Option<Attempt> {
        let attempt = self.0.lock().remove(&hash(state))?;
        now.is_within(ATTEMPT, attempt.since).then_some(attempt)
    }
}

/// Removes the oldest of those, where there are so many already.
fn make_room(
    pending: &mut HashMap<[u8; 32], Attempt>,
    most: usize,
    is_one: impl Fn(&Attempt) -> bool,
) {
    let ones = || pending.iter().filter(|(_, other)| is_one(other));
    if ones().count() >= most {
        let oldest = ones().min_by_key(|(_, other)| other.since).map(|(hash, _)| *hash);
        oldest.and_then(|hash| pending.remove(&hash));
    }
}

fn hash(state: &str) -> [u8; 32] {
    Sha256::digest(state).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::clock::SECOND;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn attempt(network: u32, since: Timestamp) -> Attempt {
        Attempt {
            nonce: Nonce::new("n".to_owned()),
            verifier: PkceCodeVerifier::new("v".repeat(43)),
            next: "/".to_owned(),
            since,
            network: NetworkId(network),
        }
    }

    #[test]
    fn one_network_ends_only_its_own_attempts() {
        let pending = Pending::default();
        pending.begin("honest", attempt(1, NOW));
        for number in 0..2 * limits::CONSOLE_ATTEMPTS {
            pending.begin(&number.to_string(), attempt(2, NOW + SECOND));
        }
        assert_eq!(pending.0.lock().len(), 1 + limits::CONSOLE_ATTEMPTS_PER_NETWORK);
        assert!(pending.end("honest", NOW + SECOND).is_some());
    }

    #[test]
    fn all_networks_together_are_bounded() {
        let pending = Pending::default();
        for number in 0..2 * limits::CONSOLE_ATTEMPTS {
            let network = u32::try_from(number).expect("few");
            pending.begin(&number.to_string(), attempt(network, NOW));
        }
        assert_eq!(pending.0.lock().len(), limits::CONSOLE_ATTEMPTS);
    }
}
