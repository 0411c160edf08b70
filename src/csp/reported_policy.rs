//! The policies that reports carry, cached by hash: all pages of a site carry one of a few, and parsing one costs as much
//! as judging fifty reports.

use std::sync::{Arc, OnceLock};

use super::Policy;
use crate::base::cache::Cache;
use crate::base::limits;

/// A policy as it is used to judge reports, stored and compared: without nonces and names of report endpoints.
#[derive(Debug)]
pub struct ReportedPolicy {
    /// The value of the columns `policy_hash` ([`crate::report::Report::policy_hash`]).
    pub hash: u64,
    text: Box<str>,
    /// The text to judge by, where it is not the one that is kept.
    judged: Option<Box<str>>,
    parsed: OnceLock<Policy>,
}

impl ReportedPolicy {
    /// A policy from its hash and the text that is kept of it.
    pub fn new(hash: u64, text: impl Into<Box<str>>) -> Self {
        Self { hash, text: text.into(), judged: None, parsed: OnceLock::new() }
    }

    /// A policy from its hash, the text that reports are judged by, and what is kept of it.
    pub fn redacted(hash: u64, judged: String, kept: String) -> Self {
        let judged = (judged != kept).then(|| judged.into());
        Self { judged, ..Self::new(hash, kept) }
    }

    /// What is kept of the text that the hash is computed from. Empty where it is too long, is not ASCII, or contains what
    /// looks like a card number: of such a policy only the hash is kept.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Parsed at the first call.
    pub fn parsed(&self) -> &Policy {
        let text = self.judged.as_ref().unwrap_or(&self.text);
        self.parsed.get_or_init(|| Policy::parse(text))
    }
}

/// The policies of recent reports.
#[derive(Debug)]
pub struct PolicyCache(Cache<u64, ReportedPolicy>);

impl Default for PolicyCache {
    fn default() -> Self {
        Self(Cache::new(limits::POLICIES_PER_GENERATION))
    }
}

impl PolicyCache {
    /// The policy with this hash, if it is in the cache.
    pub fn known(&self, hash: u64) -> Option<Arc<ReportedPolicy>> {
        self.0.get(&hash)
    }

    /// The policy with this hash; `read` is called for it where it is not in the cache.
    pub fn get(&self, hash: u64, read: impl FnOnce() -> ReportedPolicy) -> Arc<ReportedPolicy> {
        self.known(hash).unwrap_or_else(|| {
            let policy = Arc::new(read());
            self.0.put(hash, Arc::clone(&policy), 1);
            policy
        })
    }
}
