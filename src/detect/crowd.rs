//! Who names what: whether the networks that report a destination are to be believed.
//!
//! Anybody can report anything, so many invented destinations can be made to look like one true one. What an
//! inventor cannot afford is networks of their own for each of them. So a network that names more than a few new
//! destinations a day is no witness; one witness is believed when hardly another new destination has any; and amid
//! new destinations by the dozen, one is believed that has some more witnesses than most of them have networks.

use std::collections::{HashMap, VecDeque};

use super::alert::{HOUR_MILLIS, QUIET_MILLIS};
use crate::clock::Timestamp;
use crate::limits;

/// A destination, hashed.
pub(super) type Name = u64;

/// New destinations of a site in an hour that are no flood. A page has a handful of vendors; a release that
/// forgets them all in its policy stays below.
const FLOOD_DESTINATIONS: usize = 20;

/// New destinations that a witness may name in a day: a skimmer has a loader, a gate and a spare.
const NAMED_BY_WITNESS: usize = 3;

/// How long a destination of payment pages is new.
const NEW_MILLIS: i64 = 6 * HOUR_MILLIS;

/// New destinations of payment pages amid which two witnesses are not enough.
const DOZEN: usize = 12;

/// New destinations that one witness each is enough for; the next one alone may be anybody's invention.
const SINGLES: usize = 2;

/// By how many witnesses a destination is then ahead of what networks most others have.
const AHEAD: usize = 3;

/// Networks remembered of a new destination.
const NETWORKS: usize = 32;

/// How long a look at all new destinations holds; a flood must not make every report pay for one.
const LOOK_MILLIS: i64 = 1_000;

/// The networks that report to a site, and what they name.
#[derive(Debug, Default)]
pub(super) struct Crowd {
    named: HashMap<u32, Named>,
    /// When destinations were new to the site.
    met: VecDeque<Timestamp>,
    /// Those that are new to payment pages, and on no others.
    new: HashMap<Name, New>,
    look: Look,
}

/// What a network named since then.
#[derive(Debug)]
struct Named {
    since: Timestamp,
    names: Vec<Name>,
}

#[derive(Debug)]
struct New {
    since: Timestamp,
    networks: Vec<u32>,
}

/// The new destinations at a moment.
#[derive(Debug, Default)]
struct Look {
    at: Option<Timestamp>,
    /// Those that have a witness.
    with_witness: usize,
    /// How many networks name each, in ascending order.
    networks: Vec<usize>,
}

impl Crowd {
    /// A destination is seen for the first time; `is_alone`: on payment pages, and nowhere else.
    pub(super) fn meet(&mut self, destination: Name, is_alone: bool, now: Timestamp) {
        if self.met.len() >= limits::DESTINATIONS_PER_SITE {
            // It is a flood by far, and the oldest tell no more of it.
            self.met.pop_front();
        }
        self.met.push_back(now);
        if is_alone {
            if self.new.len() >= limits::DESTINATIONS_PER_SITE {
                self.new.retain(|_, new| now.0 - new.since.0 < NEW_MILLIS / 2);
            }
            if self.new.len() < limits::DESTINATIONS_PER_SITE {
                self.new.insert(destination, New { since: now, networks: Vec::new() });
            }
        }
    }

    /// A network names a destination.
    pub(super) fn name(&mut self, network: u32, destination: Name, now: Timestamp) {
        if let Some(new) = self.new.get_mut(&destination)
            && new.networks.len() < NETWORKS
            && !new.networks.contains(&network)
        {
            new.networks.push(network);
        }
        if self.named.len() >= limits::NETWORKS_PER_SITE && !self.named.contains_key(&network) {
            self.named.retain(|_, named| now.0 - named.since.0 < QUIET_MILLIS);
            if self.named.len() >= limits::NETWORKS_PER_SITE {
                // Who is not remembered is no witness.
                return;
            }
        }
        let named = self.named.entry(network).or_insert_with(|| Named::new(now));
        if now.0 - named.since.0 >= QUIET_MILLIS {
            *named = Named::new(now);
        }
        if named.names.len() <= NAMED_BY_WITNESS && !named.names.contains(&destination) {
            named.names.push(destination);
        }
    }

    /// Destinations that were met within the last hour, when they are more than a site has.
    pub(super) fn flood(&mut self, now: Timestamp) -> Option<usize> {
        while self.met.front().is_some_and(|at| now.0 - at.0 >= HOUR_MILLIS) {
            self.met.pop_front();
        }
        (self.met.len() > FLOOD_DESTINATIONS).then_some(self.met.len())
    }

    /// Whether a destination of payment pages that these networks name is believed.
    pub(super) fn believes(&mut self, networks: &[u32], destination: Name, now: Timestamp) -> bool {
        self.look(now);
        let own = self.new.get(&destination).map(|new| self.witnesses(&new.networks));
        let others = self.look.networks.len().saturating_sub(usize::from(own.is_some()));
        if others == 0 {
            return true;
        }
        let is_with_witness = own.is_some_and(|own| own > 0);
        let others_with_witness =
            self.look.with_witness.saturating_sub(usize::from(is_with_witness));
        match self.witnesses(networks) {
            0 => false,
            1 => others_with_witness < SINGLES,
            witnesses => others < DOZEN || witnesses >= self.look.of_most() + AHEAD,
        }
    }

    /// Those of the networks that are witnesses.
    fn witnesses(&self, networks: &[u32]) -> usize {
        let is_witness = |network: &&u32| {
            self.named.get(network).is_some_and(|named| named.names.len() <= NAMED_BY_WITNESS)
        };
        networks.iter().filter(is_witness).count()
    }

    fn look(&mut self, now: Timestamp) {
        let is_few = self.new.len() <= 2 * DOZEN;
        if !is_few && self.look.at.is_some_and(|at| now.0 - at.0 < LOOK_MILLIS) {
            return;
        }
        self.new.retain(|_, new| now.0 - new.since.0 < NEW_MILLIS);
        let with_witness =
            self.new.values().filter(|new| self.witnesses(&new.networks) > 0).count();
        let mut networks: Vec<usize> = self.new.values().map(|new| new.networks.len()).collect();
        networks.sort_unstable();
        self.look = Look { at: Some(now), with_witness, networks };
    }
}

impl Look {
    /// The networks that nine of ten new destinations do not exceed.
    fn of_most(&self) -> usize {
        let place = self.networks.len() * 9 / 10;
        self.networks.get(place).or(self.networks.last()).copied().unwrap_or(0)
    }
}

impl Named {
    fn new(since: Timestamp) -> Self {
        Self { since, names: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    /// A destination that these networks name for the first time.
    fn meet(crowd: &mut Crowd, destination: Name, networks: &[u32]) {
        crowd.meet(destination, true, NOW);
        for network in networks {
            crowd.name(*network, destination, NOW);
        }
    }

    fn later(millis: i64) -> Timestamp {
        Timestamp(NOW.0 + millis)
    }

    #[test]
    fn a_destination_that_is_alone_is_believed() {
        let mut crowd = Crowd::default();
        meet(&mut crowd, 1, &[1]);
        assert!(crowd.believes(&[1], 1, NOW));
        assert_eq!(crowd.flood(NOW), None);
    }

    #[test]
    fn the_third_single_voice_is_not_believed_and_two_are() {
        let mut crowd = Crowd::default();
        meet(&mut crowd, 1, &[1]);
        meet(&mut crowd, 2, &[2]);
        assert!(crowd.believes(&[2], 2, NOW));
        meet(&mut crowd, 3, &[3]);
        assert!(!crowd.believes(&[3], 3, NOW));
        crowd.name(4, 3, NOW);
        assert!(crowd.believes(&[3, 4], 3, NOW));
    }

    #[test]
    fn one_network_that_invents_many_is_not_believed_and_hides_nobody() {
        let mut crowd = Crowd::default();
        for destination in 0..100 {
            meet(&mut crowd, destination, &[1]);
        }
        assert!(!crowd.believes(&[1], 99, later(LOOK_MILLIS)));
        meet(&mut crowd, 1_000, &[2]);
        assert!(crowd.believes(&[2], 1_000, later(2 * LOOK_MILLIS)));
        assert!(crowd.flood(NOW).is_some());
    }

    #[test]
    fn many_networks_that_invent_many_are_not_believed_and_hide_nobody_for_long() {
        let mut crowd = Crowd::default();
        for destination in 0..1_000_u64 {
            let network = u32::try_from(destination % 500).expect("small");
            meet(&mut crowd, destination, &[network, 499 - network]);
        }
        assert!(!crowd.believes(&[0, 499], 500, later(LOOK_MILLIS)));
        let victims = [7_001, 7_002, 7_003, 7_004, 7_005];
        meet(&mut crowd, 5_000, &victims);
        assert!(!crowd.believes(&victims[..4], 5_000, later(2 * LOOK_MILLIS)));
        assert!(crowd.believes(&victims, 5_000, later(2 * LOOK_MILLIS)));
    }

    #[test]
    fn later_it_is_forgotten() {
        let mut crowd = Crowd::default();
        for destination in 0..100 {
            meet(&mut crowd, destination, &[1]);
        }
        assert_eq!(crowd.flood(later(HOUR_MILLIS)), None);
        assert!(crowd.believes(&[1], 99, later(NEW_MILLIS)));
    }
}
