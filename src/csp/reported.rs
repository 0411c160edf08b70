//! The policies that reports carry, by hash: every page of a site carries one of a few, and parsing one costs as
//! much as judging fifty reports.

use std::sync::{Arc, OnceLock};

use super::Policy;
use crate::base::cache::Recent;
use crate::base::limits;

/// A policy as it is judged by, stored and compared: without nonces and what its report endpoints are called.
#[derive(Debug)]
pub struct ReportedPolicy {
    /// What the columns `policy_hash` hold ([`crate::report::Report::policy_hash`]).
    pub hash: u64,
    text: Box<str>,
    parsed: OnceLock<Policy>,
}

impl ReportedPolicy {
    /// A policy with its hash and what is kept of its text.
    pub fn new(hash: u64, text: impl Into<Box<str>>) -> Self {
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

/// Policies that were seen lately.
#[derive(Debug)]
pub struct PolicyCache(Recent<u64, ReportedPolicy>);

impl Default for PolicyCache {
    fn default() -> Self {
        Self(Recent::new(limits::POLICIES_PER_GENERATION))
    }
}

impl PolicyCache {
    /// The policy with this hash, if it was seen lately.
    pub fn known(&self, hash: u64) -> Option<Arc<ReportedPolicy>> {
        self.0.get(&hash)
    }

    /// The policy with this hash; `text`: what is kept of it, asked where the policy is not known.
    pub fn get(&self, hash: u64, text: impl FnOnce() -> String) -> Arc<ReportedPolicy> {
        self.known(hash).unwrap_or_else(|| {
            let policy = Arc::new(ReportedPolicy::new(hash, text()));
            self.0.put(hash, Arc::clone(&policy), 1);
            policy
        })
    }
}
