//! Policies that were parsed lately, by hash: every page of a site carries one of a few, and parsing one costs as
//! much as judging fifty reports.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::policy::Policy;
use crate::limits;

/// Two generations of parsed policies; the older goes when the younger is full.
#[derive(Debug, Default)]
pub struct PolicyCache(RwLock<Generations>);

#[derive(Debug, Default)]
struct Generations {
    young: HashMap<u64, Arc<Policy>>,
    old: HashMap<u64, Arc<Policy>>,
}

impl PolicyCache {
    /// The policy with this hash ([`crate::report::Report::policy_hash`]) and text.
    pub fn get(&self, hash: u64, text: &str) -> Arc<Policy> {
        let known = {
            let generations = self.0.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(policy) = generations.young.get(&hash) {
                return Arc::clone(policy);
            }
            generations.old.get(&hash).cloned()
        };
        // Not under the lock: others have policies that are known.
        let policy = known.unwrap_or_else(|| Arc::new(Policy::parse(text)));
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
