//! More new destinations than a page can have: somebody invents reports, or a skimmer names other hosts to hide its own. It is
//! a notice beside, and holds nothing back.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::base::clock::{HOUR, Timestamp};
use crate::base::limits;

/// New destinations of a site within an hour that are not yet a flood. A page has a handful of vendors, so a release
/// whose policy forgets all of them stays below.
const FLOOD_DESTINATIONS: usize = 20;

/// When the site's destinations were seen first.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct NewDestinations(VecDeque<Timestamp>);

impl NewDestinations {
    /// Notes a destination that the site did not have before.
    pub(super) fn note(&mut self, now: Timestamp) {
        if self.0.len() >= limits::DESTINATIONS_PER_SITE {
            // It is a flood by far, and the oldest times add nothing to that.
            self.0.pop_front();
        }
        self.0.push_back(now);
    }

    /// How many destinations were new within the last hour, when they are a flood.
    pub(super) fn flood(&mut self, now: Timestamp) -> Option<usize> {
        while self.0.front().is_some_and(|at| !now.is_within(HOUR, *at)) {
            self.0.pop_front();
        }
        (self.0.len() > FLOOD_DESTINATIONS).then_some(self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_over_after_an_hour() {
        let now = Timestamp::from_seconds(1_800_000_000);
        let mut new = NewDestinations::default();
        for _ in 0..FLOOD_DESTINATIONS {
            new.note(now);
        }
        assert_eq!(new.flood(now), None);
        new.note(now);
        assert_eq!(new.flood(now), Some(FLOOD_DESTINATIONS + 1));
        assert_eq!(new.flood(now + HOUR), None);
    }
}
