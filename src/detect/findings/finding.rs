//! One finding: destinations that are one alert, and the networks that report them.

use serde::{Deserialize, Serialize};

use crate::base::client_id::NetworkId;
use crate::base::clock::Timestamp;
use crate::base::collections::HashMap;
use crate::base::limits;
use crate::detect::alert::Severity;
use crate::detect::destinations::{DestinationHash, DestinationKey};
use crate::detect::hits::OriginId;

/// Destinations that are one alert.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Finding {
    /// The destination that it began with.
    pub(super) leader: DestinationKey,
    pub(super) hash: DestinationHash,
    pub(super) began: Timestamp,
    pub(super) last: Timestamp,
    pub(super) severity: Severity,
    /// The networks that report the leader, and those that report one of many.
    witnesses: HashMap<NetworkId, Witness>,
    /// What its destinations have in common, where they are another for each victim.
    pub(super) origin: Option<OriginId>,
    /// Its destinations, the leader first.
    pub(super) destinations: Vec<Member>,
}

/// A destination of a finding.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Member {
    pub(super) destination: Box<str>,
    /// How many networks report it.
    pub(super) networks: usize,
    /// How many of these take part in the census.
    pub(super) corroborated: usize,
}

/// A network that reports a finding.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Witness {
    /// The first of the destinations that it reports.
    destination: DestinationHash,
    /// Whether it reports another one.
    has_others: bool,
}

/// A destination that has evidence enough.
#[derive(Clone, Copy, Debug)]
pub(in crate::detect) struct Candidate<'a> {
    pub(in crate::detect) key: &'a DestinationKey,
    /// Of its destination.
    pub(in crate::detect) hash: DestinationHash,
    pub(in crate::detect) severity: Severity,
    /// The latest networks that reported it.
    pub(in crate::detect) networks: &'a [NetworkId],
    /// How many of them take part in the census.
    pub(in crate::detect) corroborated: usize,
    /// Whether there is a census, so that the others may still take part.
    pub(in crate::detect) has_census: bool,
    /// What it has in common with others.
    pub(in crate::detect) origin: Option<OriginId>,
    /// Who reports which of the new destinations that have this in common; empty where it is not one of several.
    pub(in crate::detect) of_origin: &'a [(NetworkId, DestinationHash)],
}

impl Finding {
    /// A finding that begins with a destination.
    pub(super) fn new(candidate: Candidate<'_>, now: Timestamp) -> Self {
        let mut finding = Self {
            leader: candidate.key.clone(),
            hash: candidate.hash,
            began: now,
            last: now,
            severity: candidate.severity,
            witnesses: HashMap::default(),
            origin: candidate.origin.filter(|_| !candidate.of_origin.is_empty()),
            destinations: Vec::new(),
        };
        finding.take(candidate, now);
        finding
    }

    /// Adds a destination, or what is new of it.
    pub(super) fn take(&mut self, candidate: Candidate<'_>, now: Timestamp) {
        self.last = self.last.max(now);
        // Those of others do not count, or the finding would reach from each to the next.
        if *candidate.key == self.leader {
            candidate.networks.iter().for_each(|network| self.add(*network, candidate.hash));
        }
        candidate.of_origin.iter().for_each(|(network, hash)| self.add(*network, *hash));
        let name = &candidate.key.destination;
        let (networks, corroborated) = (candidate.networks.len(), candidate.corroborated);
        let is_known = |member: &&mut Member| member.destination == *name;
        if let Some(known) = self.destinations.iter_mut().find(is_known) {
            (known.networks, known.corroborated) = (networks, corroborated);
        } else if self.destinations.len() < limits::DESTINATIONS_PER_FINDING {
            self.destinations.push(Member { destination: name.clone(), networks, corroborated });
        }
    }

    fn add(&mut self, network: NetworkId, destination: DestinationHash) {
        if let Some(known) = self.witnesses.get_mut(&network) {
            known.has_others |= known.destination != destination;
        } else if self.witnesses.len() < limits::NETWORKS_PER_FINDING {
            self.witnesses.insert(network, Witness { destination, has_others: false });
        }
    }

    /// Whether two of the networks that report a destination report no other one of the finding. They are witnesses enough
    /// for themselves, whatever others say.
    pub(super) fn has_two_outsiders(&self, candidate: &Candidate<'_>) -> bool {
        self.outsiders(candidate).nth(1).is_some()
    }

    /// Whether half of the networks that report a destination report another one of the finding.
    pub(super) fn has_most_of(&self, candidate: &Candidate<'_>) -> bool {
        let outsiders = self.outsiders(candidate).take(2).count();
        outsiders < 2 && 2 * outsiders <= candidate.networks.len()
    }

    /// Whether mostly these networks report it.
    pub(super) fn is_mostly_of(&self, networks: &[NetworkId]) -> bool {
        let outsiders = self.witnesses.keys().filter(|witness| !networks.contains(witness));
        let outsiders = outsiders.take(2).count();
        outsiders < 2 && 2 * outsiders <= self.witnesses.len()
    }

    /// The networks that report a destination, and no other one of the finding.
    fn outsiders<'c>(&self, candidate: &Candidate<'c>) -> impl Iterator<Item = &'c NetworkId> {
        let Candidate { networks, hash, .. } = *candidate;
        let reports_another = move |network: &NetworkId| {
            let known = self.witnesses.get(network);
            known.is_some_and(|known| known.has_others || known.destination != hash)
        };
        networks.iter().filter(move |network| !reports_another(network))
    }
}
