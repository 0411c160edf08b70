//! Who names what: whether the networks that report a destination are to be believed.
//!
//! Anybody can report anything, so many invented destinations can be made to look like one true one. What an
//! inventor cannot afford is networks of their own for each of them. So a network that names more than a few new
//! destinations a day is no witness; one witness alone is believed twice, then no more for a while; and amid
//! new destinations by the dozen, one is believed that has some more witnesses than most of them have networks.

use std::collections::VecDeque;
use std::iter::once;

use serde::{Deserialize, Serialize};

use super::alert::{HOUR_MILLIS, QUIET_MILLIS};
use crate::base::client_id::network_of;
use crate::base::clock::Timestamp;
use crate::base::collections::HashMap;
use crate::base::limits;

/// A destination, hashed.
pub(super) type Name = u64;

/// New destinations of a site in an hour that are no flood. A page has a handful of vendors; a release that
/// forgets them all in its policy stays below.
const FLOOD_DESTINATIONS: usize = 20;

/// New destinations that a witness may name in a day: a skimmer has a loader, a gate and spares.
const NAMED_BY_WITNESS: usize = 8;

/// How long a destination of payment pages is new.
const NEW_MILLIS: i64 = 6 * HOUR_MILLIS;

/// New destinations of payment pages amid which two witnesses are not enough.
const DOZEN: usize = 12;

/// How often a day one witness's word is enough while destinations are new; the next may be anybody's invention.
const SINGLES: usize = 2;

/// By how many witnesses a destination is then ahead of what networks most others have.
const AHEAD: usize = 3;

/// How far the reports of one page view lie apart, and how many destinations one skimmer has in it: a form, a gate,
/// an image.
const VIEW_MILLIS: i64 = 5_000;
const DESTINATIONS_OF_VIEW: usize = 4;

/// Networks remembered of a new destination.
const NETWORKS: usize = 32;

/// How long a look at all new destinations holds; a flood must not make every report pay for one.
const LOOK_MILLIS: i64 = 1_000;

/// The networks that report to a site, and what they name.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Crowd {
    named: HashMap<u32, Named>,
    /// When destinations were new to the site.
    met: VecDeque<Timestamp>,
    /// Those that are new to payment pages, and on no others.
    new: HashMap<Name, New>,
    /// What was believed on one witness's word.
    believed: Vec<Word>,
    #[serde(skip)]
    look: Look,
    #[serde(skip)]
    swept: Option<Timestamp>,
}

/// What a network named since then.
#[derive(Debug, Serialize, Deserialize)]
struct Named {
    since: Timestamp,
    names: Vec<Name>,
}

#[derive(Debug, Serialize, Deserialize)]
struct New {
    since: Timestamp,
    networks: Vec<u32>,
}

/// One witness's word: the destinations of one page view.
#[derive(Debug, Serialize, Deserialize)]
struct Word {
    at: Timestamp,
    client: u64,
    network: u32,
    destinations: Vec<Name>,
}

/// The new destinations at a moment.
#[derive(Debug, Default)]
struct Look {
    at: Option<Timestamp>,
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
        if is_alone && self.new.len() < limits::DESTINATIONS_PER_SITE {
            self.new.insert(destination, New { since: now, networks: Vec::new() });
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
            // Who is not remembered is no witness.
            return;
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

    /// Whether a destination of payment pages that these networks name is believed; `client`: who names it now.
    pub(super) fn believes(
        &mut self,
        networks: impl Iterator<Item = u32> + Clone,
        destination: Name,
        client: u64,
        now: Timestamp,
    ) -> bool {
        self.look(now);
        let is_new = self.new.contains_key(&destination);
        let others = self.look.networks.len().saturating_sub(usize::from(is_new));
        if others == 0 {
            return true;
        }
        match self.witnesses(networks.clone()) {
            0 => false,
            1 => self.believes_one(networks, destination, client, now),
            witnesses => others < DOZEN || witnesses >= self.look.of_most() + AHEAD,
        }
    }

    /// One witness's word is believed twice; then only that of a network which names nothing else, when those that
    /// were believed have turned out to name many.
    fn believes_one(
        &mut self,
        mut networks: impl Iterator<Item = u32>,
        destination: Name,
        client: u64,
        now: Timestamp,
    ) -> bool {
        self.believed.retain(|word| now.0 - word.at.0 < QUIET_MILLIS);
        let has_room = self.believed.len() < SINGLES;
        if has_room || self.is_told(destination) || self.same_view(client, now).is_some() {
            return true;
        }
        let names_it_alone =
            |network| self.named.get(&network).is_some_and(|named| named.names == [destination]);
        let turned_out = self.believed.iter().all(|word| self.witnesses(once(word.network)) == 0);
        turned_out && networks.any(names_it_alone)
    }

    /// One witness's word about a destination was reason enough for an alert.
    pub(super) fn believed_one(
        &mut self,
        networks: impl Iterator<Item = u32>,
        destination: Name,
        client: u64,
        now: Timestamp,
    ) {
        if self.is_told(destination) || self.witnesses(networks) != 1 {
            return;
        }
        if let Some(place) = self.same_view(client, now) {
            return self.believed[place].destinations.push(destination);
        }
        if self.believed.len() >= SINGLES {
            self.believed.remove(0);
        }
        let destinations = vec![destination];
        self.believed.push(Word { at: now, client, network: network_of(client), destinations });
    }

    /// Whether one witness's word about a destination was believed.
    fn is_told(&self, destination: Name) -> bool {
        self.believed.iter().any(|word| word.destinations.contains(&destination))
    }

    /// What this client said in the same page view, as far as one skimmer says that much.
    fn same_view(&self, client: u64, now: Timestamp) -> Option<usize> {
        self.believed.iter().position(|word| {
            word.client == client
                && now.0 - word.at.0 < VIEW_MILLIS
                && word.destinations.len() < DESTINATIONS_OF_VIEW
        })
    }

    /// Those of the networks that are witnesses.
    fn witnesses(&self, networks: impl Iterator<Item = u32>) -> usize {
        let is_witness = |network: &u32| {
            self.named.get(network).is_some_and(|named| named.names.len() <= NAMED_BY_WITNESS)
        };
        networks.filter(is_witness).count()
    }

    fn look(&mut self, now: Timestamp) {
        let is_few = self.new.len() <= 2 * DOZEN;
        if !is_few && self.look.at.is_some_and(|at| now.0 - at.0 < LOOK_MILLIS) {
            return;
        }
        self.new.retain(|_, new| now.0 - new.since.0 < NEW_MILLIS);
        if self.swept.is_none_or(|at| now.0 - at.0 >= HOUR_MILLIS) {
            self.swept = Some(now);
            self.named.retain(|_, named| now.0 - named.since.0 < QUIET_MILLIS);
        }
        let mut networks: Vec<usize> = self.new.values().map(|new| new.networks.len()).collect();
        networks.sort_unstable();
        self.look = Look { at: Some(now), networks };
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

    /// A client of a network.
    fn client(network: u32) -> u64 {
        u64::from(network) << 32
    }

    fn later(millis: i64) -> Timestamp {
        Timestamp(NOW.0 + millis)
    }

    #[test]
    fn a_destination_that_is_alone_is_believed() {
        let mut crowd = Crowd::default();
        meet(&mut crowd, 1, &[1]);
        assert!(crowd.believes([1].into_iter(), 1, 0, NOW));
        assert_eq!(crowd.flood(NOW), None);
    }

    #[test]
    fn the_third_single_voice_is_not_believed_and_two_are() {
        let mut crowd = Crowd::default();
        for destination in 1..=3_u32 {
            meet(&mut crowd, u64::from(destination), &[destination]);
        }
        for destination in 1..=2_u32 {
            assert!(crowd.believes(
                [destination].into_iter(),
                u64::from(destination),
                u64::from(destination),
                NOW
            ));
            crowd.believed_one(
                [destination].into_iter(),
                u64::from(destination),
                client(destination),
                NOW,
            );
        }
        assert!(!crowd.believes([3].into_iter(), 3, 0, NOW));
        assert!(crowd.believes([2].into_iter(), 2, 0, NOW), "still");
        crowd.name(4, 3, NOW);
        assert!(crowd.believes([3, 4].into_iter(), 3, 4, NOW));
    }

    #[test]
    fn what_one_page_view_says_is_one_word() {
        let mut crowd = Crowd::default();
        let mut believed = |destination: Name, host: u64, at| {
            let client = client(1) | host;
            meet(&mut crowd, destination, &[1]);
            let is_believed = crowd.believes([1].into_iter(), destination, client, at);
            if is_believed {
                crowd.believed_one([1].into_iter(), destination, client, at);
            }
            is_believed
        };
        assert!([1, 2, 3, 4].into_iter().all(|destination| believed(destination, 7, NOW)));
        assert!(believed(5, 8, NOW), "the second client");
        assert!(!believed(6, 9, NOW), "the third");
        assert!(!believed(7, 7, NOW), "more than a skimmer has");
    }

    #[test]
    fn one_network_that_invents_many_is_not_believed_and_hides_nobody() {
        let mut crowd = Crowd::default();
        for destination in 0..100 {
            meet(&mut crowd, destination, &[1]);
            if crowd.believes([1].into_iter(), destination, client(1), NOW) {
                crowd.believed_one([1].into_iter(), destination, client(1), NOW);
            }
        }
        assert!(!crowd.believes([1].into_iter(), 99, 0, later(LOOK_MILLIS)));
        meet(&mut crowd, 1_000, &[2]);
        assert!(crowd.believes([2].into_iter(), 1_000, 0, later(2 * LOOK_MILLIS)));
        assert!(crowd.flood(NOW).is_some());
    }

    #[test]
    fn many_networks_that_invent_many_are_not_believed_and_hide_nobody_for_long() {
        let mut crowd = Crowd::default();
        for destination in 0..1_000_u64 {
            let network = u32::try_from(destination % 500).expect("small");
            meet(&mut crowd, destination, &[network, 499 - network]);
        }
        assert!(!crowd.believes([0, 499].into_iter(), 500, 0, later(LOOK_MILLIS)));
        let victims = [7_001, 7_002, 7_003, 7_004, 7_005];
        meet(&mut crowd, 5_000, &victims);
        assert!(!crowd.believes(victims[..4].iter().copied(), 5_000, 0, later(2 * LOOK_MILLIS)));
        assert!(crowd.believes(victims.into_iter(), 5_000, 0, later(2 * LOOK_MILLIS)));
    }

    #[test]
    fn later_it_is_forgotten() {
        let mut crowd = Crowd::default();
        for destination in 0..100 {
            meet(&mut crowd, destination, &[1]);
        }
        assert_eq!(crowd.flood(later(HOUR_MILLIS)), None);
        assert!(crowd.believes([1].into_iter(), 99, 0, later(NEW_MILLIS)));
    }
}
