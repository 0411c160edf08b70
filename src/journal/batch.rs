//! What a request brings to the journal.

use std::sync::{Arc, Weak};

use super::row::PreparedRow;
use crate::base::client_id::ClientId;
use crate::base::clock::{HOUR, Timestamp};
use crate::csp::ReportedPolicy;
use crate::report::{Disposition, Fingerprint, Kind};

/// The reports of one request.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// When it arrived.
    pub received: Timestamp,
    /// Who sent it.
    pub client: ClientId,
    /// The correlation tag, or empty.
    pub tag: String,
    /// Whether the site itself made the tag.
    pub is_tag_signed: bool,
    /// The same for each delivery of the whole request; `None` where it is not delivered again.
    pub identity: Option<Identity>,
    /// The reports that are kept.
    pub entries: Vec<Entry>,
    /// The reports that are only counted.
    pub limited: Vec<Limited>,
}

/// A report's client and all of its fields but the age, hashed; or a request's client and bytes.
pub type Identity = u64;

/// One report on its way to the disk.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Which violation it is.
    pub fingerprint: Fingerprint,
    /// When it happened.
    pub at: Timestamp,
    /// Whether it was blocked.
    pub disposition: Disposition,
    /// Whether the browser cannot have extensions, as far as it says what it is.
    pub extensionless: bool,
    /// The same for each delivery of this report; `None` where it is not delivered again.
    pub identity: Option<Identity>,
    /// What it says.
    pub row: Arc<PreparedRow>,
    /// The policy that it carries.
    pub policy: Option<CarriedPolicy>,
    /// Over its client's quota. It is evidence, so detection learns of it, and what is the first of its network is kept.
    pub is_over_quota: bool,
}

impl Batch {
    /// Moves its times to the present, if somebody set the clock after it arrived.
    pub(super) fn follow_clock(&mut self, now: Timestamp) {
        if self.received.distance(now) < HOUR {
            return;
        }
        let moved = now.millis().saturating_sub(self.received.millis());
        self.received = now;
        for entry in &mut self.entries {
            entry.at = entry.at.moved(moved);
        }
    }
}

impl Entry {
    /// The policy that it carries, if it is still remembered.
    pub fn known_policy(&self) -> Option<Arc<ReportedPolicy>> {
        self.policy.as_ref()?.policy.upgrade()
    }
}

/// A policy that a report carries.
#[derive(Clone, Debug)]
pub struct CarriedPolicy {
    /// Different for each policy, each page group, and for enforced and reported.
    pub key: u64,
    /// The policy, as long as the pipeline remembers it: a hundred thousand reports that wait for the disk must not
    /// keep as many invented policies in memory.
    pub policy: Weak<ReportedPolicy>,
}

/// Reports over a quota: counted, not kept.
#[derive(Clone, Debug)]
pub struct Limited {
    /// The site whose endpoint received them.
    pub site: Arc<str>,
    /// Their kind.
    pub kind: Kind,
    /// How many.
    pub count: u64,
}
