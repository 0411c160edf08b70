//! Whether the networks that report a destination are credible.
//!
//! Anybody can post a report about anything, so an attacker can hide one real destination among many invented ones. What
//! an attacker does not have is a network of its own for each of them. So three rules hold:
//!
//! - A network is a witness only while it reports few new destinations a day.
//! - The claim of a single witness is credible twice a day, while other destinations are new.
//! - Among dozens of new destinations, one is credible that has some more witnesses than most of them have networks.

use std::collections::VecDeque;
use std::iter::once;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::alert::QUIET;
use crate::base::client_id::{ClientId, NetworkId};
use crate::base::clock::{HOUR, SECOND, Timestamp};
use crate::base::collections::HashMap;
use crate::base::limits;

/// Hash of a destination, without its page group.
pub(super) type DestinationHash = u64;

/// New destinations of a site within an hour that are not yet a flood. A page has a handful of vendors, so a release
/// whose policy forgets all of them stays below.
const FLOOD_DESTINATIONS: usize = 20;

/// New destinations that a witness may report in a day: a skimmer has a loader, a gate and spares.
const DESTINATIONS_PER_WITNESS: usize = 8;

/// How long a destination of payment pages is new.
const NEW_FOR: Duration = Duration::from_hours(6);

/// From this many other new destinations of payment pages on, two witnesses are not enough.
const MANY_NEW: usize = 12;

/// How many claims of single witnesses are credible in a day while other destinations are new. More than that may be
/// invented.
const SINGLE_CLAIMS: usize = 2;

/// How many more witnesses a destination then needs than most others have networks.
const WITNESSES_AHEAD: usize = 3;

/// The longest time between the reports of one page view.
const PAGE_VIEW: Duration = Duration::from_secs(5);

/// Destinations of one skimmer in a page view: a form, a gate, an image.
const DESTINATIONS_PER_PAGE_VIEW: usize = 4;

/// Networks to remember of each new destination.
const NETWORKS_PER_DESTINATION: usize = 32;

/// How long the counts over all new destinations are valid. In a flood, not every report may count anew.
const COUNTS_VALID: Duration = SECOND;

/// The networks that report to a site, and which destinations they report.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Witnesses {
    reporters: HashMap<NetworkId, Reporter>,
    /// When each new destination of the site was seen first, for at least an hour.
    first_seen: VecDeque<Timestamp>,
    /// Destinations that are new and on payment pages only.
    new: HashMap<DestinationHash, NewDestination>,
    /// Claims of single witnesses that made an alert.
    credited: Vec<Claim>,
    #[serde(skip)]
    counts: NetworkCounts,
    #[serde(skip)]
    cleaned: Option<Timestamp>,
}

/// What a network reported, for at most a day.
#[derive(Debug, Serialize, Deserialize)]
struct Reporter {
    since: Timestamp,
    destinations: Vec<DestinationHash>,
}

/// A destination that is new, and the first networks that reported it.
#[derive(Debug, Serialize, Deserialize)]
struct NewDestination {
    since: Timestamp,
    networks: Vec<NetworkId>,
}

/// The destinations that a single witness reported in one page view.
#[derive(Debug, Serialize, Deserialize)]
struct Claim {
    at: Timestamp,
    client: ClientId,
    network: NetworkId,
    destinations: Vec<DestinationHash>,
}

/// How many networks the new destinations had at a moment.
#[derive(Debug, Default)]
struct NetworkCounts {
    at: Option<Timestamp>,
    /// The number of networks of each destination, in ascending order.
    networks: Vec<usize>,
}

impl Witnesses {
    /// Notes a destination that the site did not have before. `is_payment_only`: no page without cards reaches it.
    pub(super) fn first_seen(
        &mut self,
        destination: DestinationHash,
        is_payment_only: bool,
        now: Timestamp,
    ) {
        if self.first_seen.len() >= limits::DESTINATIONS_PER_SITE {
            // It is a flood by far, and the oldest times add nothing to that.
            self.first_seen.pop_front();
        }
        self.first_seen.push_back(now);
        if is_payment_only && self.new.len() < limits::DESTINATIONS_PER_SITE {
            self.new.insert(destination, NewDestination { since: now, networks: Vec::new() });
        }
    }

    /// Notes that a network reports a destination.
    pub(super) fn reported_by(
        &mut self,
        network: NetworkId,
        destination: DestinationHash,
        now: Timestamp,
    ) {
        if let Some(new) = self.new.get_mut(&destination)
            && new.networks.len() < NETWORKS_PER_DESTINATION
            && !new.networks.contains(&network)
        {
            new.networks.push(network);
        }
        if self.reporters.len() >= limits::NETWORKS_PER_SITE
            && !self.reporters.contains_key(&network)
        {
            // A network that is not remembered is no witness.
            return;
        }
        let reporter = self.reporters.entry(network).or_insert_with(|| Reporter::new(now));
        if !now.is_within(QUIET, reporter.since) {
            *reporter = Reporter::new(now);
        }
        if reporter.destinations.len() <= DESTINATIONS_PER_WITNESS
            && !reporter.destinations.contains(&destination)
        {
            reporter.destinations.push(destination);
        }
    }

    /// How many destinations were new within the last hour, when they are a flood.
    pub(super) fn flood(&mut self, now: Timestamp) -> Option<usize> {
        while self.first_seen.front().is_some_and(|at| !now.is_within(HOUR, *at)) {
            self.first_seen.pop_front();
        }
        (self.first_seen.len() > FLOOD_DESTINATIONS).then_some(self.first_seen.len())
    }

    /// Whether a destination of payment pages is credible, given the networks that reported it. `client`: the sender of
    /// the present report.
    pub(super) fn is_credible(
        &mut self,
        networks: impl Iterator<Item = NetworkId> + Clone,
        destination: DestinationHash,
        client: ClientId,
        now: Timestamp,
    ) -> bool {
        self.refresh(now);
        let is_new = self.new.contains_key(&destination);
        let others = self.counts.networks.len().saturating_sub(usize::from(is_new));
        if others == 0 {
            return true;
        }
        match self.count_witnesses(networks.clone()) {
            0 => false,
            1 => self.is_single_claim_credible(networks, destination, client, now),
            witnesses => others < MANY_NEW || witnesses >= self.counts.of_most() + WITNESSES_AHEAD,
        }
    }

    /// A single witness is credible while few such claims made alerts. Afterwards it is credible only if it reports nothing
    /// else, and the witnesses of the earlier claims have turned out to report many destinations.
    fn is_single_claim_credible(
        &mut self,
        mut networks: impl Iterator<Item = NetworkId>,
        destination: DestinationHash,
        client: ClientId,
        now: Timestamp,
    ) -> bool {
        self.credited.retain(|claim| now.is_within(QUIET, claim.at));
        let has_room = self.credited.len() < SINGLE_CLAIMS;
        if has_room || self.is_credited(destination) || self.same_view(client, now).is_some() {
            return true;
        }
        let reports_nothing_else = |network| {
            self.reporters
                .get(&network)
                .is_some_and(|reporter| reporter.destinations == [destination])
        };
        let are_discredited =
            self.credited.iter().all(|claim| self.count_witnesses(once(claim.network)) == 0);
        are_discredited && networks.any(reports_nothing_else)
    }

    /// Notes that the claim of a single witness made an alert; it does nothing when there are more witnesses.
    pub(super) fn credit_single_claim(
        &mut self,
        networks: impl Iterator<Item = NetworkId>,
        destination: DestinationHash,
        client: ClientId,
        now: Timestamp,
    ) {
        if self.is_credited(destination) || self.count_witnesses(networks) != 1 {
            return;
        }
        if let Some(index) = self.same_view(client, now) {
            return self.credited[index].destinations.push(destination);
        }
        if self.credited.len() >= SINGLE_CLAIMS {
            self.credited.remove(0);
        }
        let destinations = vec![destination];
        self.credited.push(Claim { at: now, client, network: client.network(), destinations });
    }

    /// Whether the claim of a single witness about a destination made an alert.
    fn is_credited(&self, destination: DestinationHash) -> bool {
        self.credited.iter().any(|claim| claim.destinations.contains(&destination))
    }

    /// The index of the claim that this client made in the same page view, unless it has more destinations than a skimmer.
    fn same_view(&self, client: ClientId, now: Timestamp) -> Option<usize> {
        self.credited.iter().position(|claim| {
            claim.client == client
                && now.is_within(PAGE_VIEW, claim.at)
                && claim.destinations.len() < DESTINATIONS_PER_PAGE_VIEW
        })
    }

    /// How many of the networks are witnesses.
    fn count_witnesses(&self, networks: impl Iterator<Item = NetworkId>) -> usize {
        let is_witness = |network: &NetworkId| {
            self.reporters
                .get(network)
                .is_some_and(|reporter| reporter.destinations.len() <= DESTINATIONS_PER_WITNESS)
        };
        networks.filter(is_witness).count()
    }

    /// Forgets what is old, and counts the networks of the new destinations.
    fn refresh(&mut self, now: Timestamp) {
        let is_few = self.new.len() <= 2 * MANY_NEW;
        if !is_few && self.counts.at.is_some_and(|at| now.is_within(COUNTS_VALID, at)) {
            return;
        }
        self.new.retain(|_, new| now.is_within(NEW_FOR, new.since));
        if self.cleaned.is_none_or(|at| !now.is_within(HOUR, at)) {
            self.cleaned = Some(now);
            self.reporters.retain(|_, reporter| now.is_within(QUIET, reporter.since));
        }
        let mut networks: Vec<usize> = self.new.values().map(|new| new.networks.len()).collect();
        networks.sort_unstable();
        self.counts = NetworkCounts { at: Some(now), networks };
    }
}

impl NetworkCounts {
    /// The number of networks that nine of ten new destinations do not exceed.
    fn of_most(&self) -> usize {
        let index = self.networks.len() * 9 / 10;
        self.networks.get(index).or(self.networks.last()).copied().unwrap_or(0)
    }
}

impl Reporter {
    fn new(since: Timestamp) -> Self {
        Self { since, destinations: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    /// Notes a new destination that these networks report.
    fn report(witnesses: &mut Witnesses, destination: DestinationHash, networks: &[u32]) {
        witnesses.first_seen(destination, true, NOW);
        for network in networks {
            witnesses.reported_by(NetworkId(*network), destination, NOW);
        }
    }

    /// A client of a network.
    fn client(network: u32) -> ClientId {
        ClientId::new(NetworkId(network), 0)
    }

    /// These networks.
    fn networks<const N: usize>(networks: [u32; N]) -> impl Iterator<Item = NetworkId> + Clone {
        networks.into_iter().map(NetworkId)
    }

    fn later(length: Duration) -> Timestamp {
        NOW + length
    }

    #[test]
    fn the_only_new_destination_is_credible() {
        let mut witnesses = Witnesses::default();
        report(&mut witnesses, 1, &[1]);
        assert!(witnesses.is_credible(networks([1]), 1, ClientId(0), NOW));
        assert_eq!(witnesses.flood(NOW), None);
    }

    #[test]
    fn two_single_witnesses_are_credible_and_a_third_is_not() {
        let mut witnesses = Witnesses::default();
        for destination in 1..=3_u32 {
            report(&mut witnesses, u64::from(destination), &[destination]);
        }
        for destination in 1..=2_u32 {
            assert!(witnesses.is_credible(
                networks([destination]),
                u64::from(destination),
                ClientId(u64::from(destination)),
                NOW
            ));
            witnesses.credit_single_claim(
                networks([destination]),
                u64::from(destination),
                client(destination),
                NOW,
            );
        }
        assert!(!witnesses.is_credible(networks([3]), 3, ClientId(0), NOW));
        assert!(witnesses.is_credible(networks([2]), 2, ClientId(0), NOW), "as before");
        witnesses.reported_by(NetworkId(4), 3, NOW);
        assert!(witnesses.is_credible(networks([3, 4]), 3, ClientId(4), NOW));
    }

    #[test]
    fn the_destinations_of_one_page_view_are_one_claim() {
        let mut witnesses = Witnesses::default();
        let mut is_credited = |destination: DestinationHash, host: u32, at| {
            let client = ClientId::new(NetworkId(1), host);
            report(&mut witnesses, destination, &[1]);
            let is_credible = witnesses.is_credible(networks([1]), destination, client, at);
            if is_credible {
                witnesses.credit_single_claim(networks([1]), destination, client, at);
            }
            is_credible
        };
        assert!([1, 2, 3, 4].into_iter().all(|destination| is_credited(destination, 7, NOW)));
        assert!(is_credited(5, 8, NOW), "the second client");
        assert!(!is_credited(6, 9, NOW), "the third");
        assert!(!is_credited(7, 7, NOW), "the fifth of one page view");
    }

    #[test]
    fn one_network_that_invents_many_destinations_is_not_credible_and_hides_nobody() {
        let mut witnesses = Witnesses::default();
        for destination in 0..100 {
            report(&mut witnesses, destination, &[1]);
            if witnesses.is_credible(networks([1]), destination, client(1), NOW) {
                witnesses.credit_single_claim(networks([1]), destination, client(1), NOW);
            }
        }
        assert!(!witnesses.is_credible(networks([1]), 99, ClientId(0), later(COUNTS_VALID)));
        report(&mut witnesses, 1_000, &[2]);
        assert!(witnesses.is_credible(networks([2]), 1_000, ClientId(0), later(2 * COUNTS_VALID)));
        assert!(witnesses.flood(NOW).is_some());
    }

    #[test]
    fn many_networks_that_invent_many_destinations_are_not_credible_and_hide_nobody_for_long() {
        let mut witnesses = Witnesses::default();
        for destination in 0..1_000_u64 {
            let network = u32::try_from(destination % 500).expect("small");
            report(&mut witnesses, destination, &[network, 499 - network]);
        }
        assert!(!witnesses.is_credible(networks([0, 499]), 500, ClientId(0), later(COUNTS_VALID)));
        let victims = [7_001, 7_002, 7_003, 7_004, 7_005];
        report(&mut witnesses, 5_000, &victims);
        assert!(!witnesses.is_credible(
            networks([7_001, 7_002, 7_003, 7_004]),
            5_000,
            ClientId(0),
            later(2 * COUNTS_VALID)
        ));
        assert!(witnesses.is_credible(
            networks(victims),
            5_000,
            ClientId(0),
            later(2 * COUNTS_VALID)
        ));
    }

    #[test]
    fn floods_and_new_destinations_are_forgotten_after_hours() {
        let mut witnesses = Witnesses::default();
        for destination in 0..100 {
            report(&mut witnesses, destination, &[1]);
        }
        assert_eq!(witnesses.flood(later(HOUR)), None);
        assert!(witnesses.is_credible(networks([1]), 99, ClientId(0), later(NEW_FOR)));
    }
}
