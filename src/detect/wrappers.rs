//! Places in scripts that other code runs through. Error trackers, performance monitors and consent managers put functions of
//! their own in place of `fetch` and `appendChild`; whatever an extension or adware then asks for has the script's address,
//! line and column on it. Such a place reaches one stranger for this visitor and another for the next, and for few visitors.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::audience::{CountedBy, Reading};
use super::destinations::DestinationHash;
use super::hits::OriginId;
use super::score::weights::{
    WRAPPED_DAYS, WRAPPED_DESTINATIONS, WRAPPED_NETWORKS_EACH, WRAPPER_OF_REPORTERS,
    WRAPPER_OF_VISITORS,
};
use crate::base::client_id::NetworkId;
use crate::base::clock::{Timestamp, days};
use crate::base::collections::{HashMap, HashSet};
use crate::base::limits;

/// How long what a place reached counts, and how long it stays learnt.
const LEARN: Duration = days(14);

/// The places of a site, by page group, host, path, line and column.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Wrappers(HashMap<OriginId, Place>);

#[derive(Debug, Default, Serialize, Deserialize)]
struct Place {
    last: Timestamp,
    /// The latest destinations that it reached, the oldest first.
    reached: Vec<Reached>,
    /// When it was last found to be one that other code runs through.
    learnt: Option<Timestamp>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Reached {
    destination: DestinationHash,
    first: Timestamp,
    /// The counters of the page group's visitors at that time.
    reading: Reading,
    /// The first networks that report it from there.
    networks: Vec<NetworkId>,
}

/// A report of an unknown destination that a place in a script reached.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reach {
    pub(super) place: OriginId,
    pub(super) destination: DestinationHash,
    pub(super) network: NetworkId,
    /// The counters of the page group's visitors now, and what counts them.
    pub(super) reading: Reading,
    pub(super) counted_by: CountedBy,
    pub(super) now: Timestamp,
}

impl Wrappers {
    /// Notes what a place reached.
    pub(super) fn note(&mut self, reach: Reach) {
        let Reach { place, destination, network, reading, now, .. } = reach;
        if self.0.len() >= limits::WRAPPERS_PER_SITE && !self.0.contains_key(&place) {
            // Those that are learnt stay longest: inventing places makes none of them forgotten.
            let least = |(_, place): &(&OriginId, &Place)| (place.learnt, place.last);
            let oldest = self.0.iter().min_by_key(least).map(|(id, _)| *id);
            oldest.and_then(|oldest| self.0.remove(&oldest));
        }
        let known = self.0.entry(place).or_default();
        known.last = known.last.max(now);
        match known.reached.iter_mut().find(|reached| reached.destination == destination) {
            Some(reached) if reached.networks.contains(&network) => return,
            Some(reached) if reached.networks.len() > WRAPPED_NETWORKS_EACH => return,
            Some(reached) => reached.networks.push(network),
            None => {
                if known.reached.len() >= limits::DESTINATIONS_PER_WRAPPER {
                    known.reached.remove(0);
                }
                let networks = vec![network];
                known.reached.push(Reached { destination, first: now, reading, networks });
            }
        }
        if known.runs_other_code(&reach) {
            known.learnt = Some(now);
        }
    }

    /// Whether other code runs through a place.
    pub(super) fn has(&self, place: OriginId, now: Timestamp) -> bool {
        let learnt = self.0.get(&place).and_then(|place| place.learnt);
        learnt.is_some_and(|learnt| now.is_within(LEARN, learnt))
    }
}

impl Place {
    /// Whether it reached several destinations, each for few networks and all of them together for few visitors, over days. What
    /// it does to many visitors is its own doing, even if it takes another destination for each.
    fn runs_other_code(&self, reach: &Reach) -> bool {
        let is_of_few = |reached: &&Reached| {
            reached.networks.len() <= WRAPPED_NETWORKS_EACH
                && reach.now.is_within(LEARN, reached.first)
        };
        let of_few: Vec<&Reached> = self.reached.iter().filter(is_of_few).collect();
        let firsts: HashSet<NetworkId> =
            of_few.iter().filter_map(|reached| reached.networks.first().copied()).collect();
        let days: HashSet<i64> = of_few.iter().map(|reached| reached.first.day()).collect();
        firsts.len() >= WRAPPED_DESTINATIONS
            && days.len() >= WRAPPED_DAYS
            && self.is_of_few_visitors(reach)
    }

    #[allow(clippy::cast_precision_loss, reason = "a few networks of a few destinations")]
    fn is_of_few_visitors(&self, reach: &Reach) -> bool {
        let Some(oldest) = self.reached.first() else { return false };
        let networks: HashSet<NetworkId> =
            self.reached.iter().flat_map(|reached| reached.networks.iter().copied()).collect();
        let visits = reach.counted_by.visits(oldest.reading, reach.reading);
        let most =
            if reach.counted_by.is_census() { WRAPPER_OF_VISITORS } else { WRAPPER_OF_REPORTERS };
        networks.len() as f64 <= most * f64::from(visits)
    }
}
