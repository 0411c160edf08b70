//! The day's digest: the new destinations that have too little evidence for an alert of their own.

use serde::{Deserialize, Serialize};

use super::destinations::DestinationKey;
use crate::base::clock::{DAY, Timestamp};
use crate::base::limits;

/// How many destinations a digest names: those with most evidence.
pub(super) const NAMED: usize = 5;

/// The destinations that came since the last digest.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Digest {
    new: Vec<DestinationKey>,
    /// When the first of them came.
    since: Option<Timestamp>,
    /// When the last digest was made that had something to say, and how many destinations it had.
    pub(super) last: Option<(Timestamp, usize)>,
}

impl Digest {
    /// Notes a destination that the page group did not have before.
    pub(super) fn note(&mut self, key: &DestinationKey, now: Timestamp) {
        self.since.get_or_insert(now);
        if self.new.len() < limits::DESTINATIONS_PER_SITE {
            self.new.push(key.clone());
        }
    }

    /// The destinations of a day, once it is over.
    pub(super) fn take_due(&mut self, now: Timestamp) -> Option<Vec<DestinationKey>> {
        let is_due = self.since.is_some_and(|since| !now.is_within(DAY, since));
        if !is_due {
            return None;
        }
        self.since = None;
        Some(std::mem::take(&mut self.new))
    }
}
