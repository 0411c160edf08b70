//! The policies that reports carry, by hash: every page of a site carries one of a few, and parsing one costs as
//! much as judging fifty reports.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use super::policy::Policy;
use crate::limits;
use crate::normalise::redact;

/// A policy as it is judged by, stored and compared: without nonces and what its report endpoints are called.
#[derive(Debug)]
pub struct ReportedPolicy {
    /// What the columns `policy_hash` hold ([`crate::report::Report::policy_hash`]).
    pub hash: u64,
    text: Box<str>,
    parsed: OnceLock<Policy>,
}

impl ReportedPolicy {
    /// A policy with its hash, as a report has it.
    pub fn new(hash: u64, sent: &str) -> Self {
        let is_kept = sent.len() <= limits::POLICY_BYTES
            && sent.bytes().all(|b| b.is_ascii_graphic() || b.is_ascii_whitespace())
            && !redact::holds_card(sent);
        Self::stored(hash, if is_kept { Policy::normalised(sent) } else { String::new() })
    }

    /// A policy with its hash, as [`Self::text`] gave it.
    pub fn stored(hash: u64, text: impl Into<Box<str>>) -> Self {
        Self { hash, text: text.into(), parsed: OnceLock::new() }
    }

    /// What is kept of it: what is hashed. Empty where it is too long, not ASCII, or holds what looks like the number
    /// of a card: of those only the hash is known.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What it says.
    pub fn parsed(&self) -> &Policy {
        self.parsed.get_or_init(|| Policy::parse(&self.text))
    }
}

/// Two generations of policies; the older goes when the younger is full.
#[derive(Debug, Default)]
pub struct PolicyCache(RwLock<Generations>);

#[derive(Debug, Default)]
struct Generations {
    young: HashMap<u64, Arc<ReportedPolicy>>,
    old: HashMap<u64, Arc<ReportedPolicy>>,
}

impl PolicyCache {
    /// The policy with this hash and text.
    pub fn get(&self, hash: u64, sent: &str) -> Arc<ReportedPolicy> {
        let known = {
            let generations = self.0.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(policy) = generations.young.get(&hash) {
                return Arc::clone(policy);
            }
            generations.old.get(&hash).cloned()
        };
        // Not under the lock: others have policies that are known.
        let policy = known.unwrap_or_else(|| Arc::new(ReportedPolicy::new(hash, sent)));
        let mut generations = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if generations.young.len() >= limits::POLICIES_PER_GENERATION {
            generations.old = std::mem::take(&mut generations.young);
        }
        generations.young.insert(hash, Arc::clone(&policy));
        policy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_stays_and_the_rest_is_bounded() {
        let cache = PolicyCache::default();
        let first = cache.get(0, "img-src a.example");
        for hash in 1..5 * limits::POLICIES_PER_GENERATION as u64 {
            cache.get(hash, "");
            assert!(Arc::ptr_eq(&first, &cache.get(0, "")), "it is used all the time");
        }
        let generations = cache.0.read().expect("nobody panicked");
        assert!(generations.young.len() <= limits::POLICIES_PER_GENERATION);
        assert!(generations.old.len() <= limits::POLICIES_PER_GENERATION);
    }
}
