//! One finding: destinations that are one alert, and the networks that report them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::client_id::NetworkId;
use crate::base::clock::{HOUR, Timestamp};
use crate::base::collections::HashMap;
use crate::base::limits;
use crate::detect::alert::Severity;
use crate::detect::destinations::{DestinationHash, DestinationKey};
use crate::detect::hits::OriginId;
use crate::detect::score::StrongReasons;
use crate::detect::visit_count::LAG;

/// What one script does begins at the same time: in the same visits, or in the next ones where it names other hosts each time.
const TOGETHER_FOR: Duration = HOUR;

/// So many visitors who reported the finding, and not the destination, show that it began later: a host that a script names in
/// half of its visits has been named in one of five by 97 %.
const VISITORS_BEFORE: usize = 5;

/// Networks in common are no chance where chance has them less often than this: one of a hundred, as tests usually take it.
const CHANCE: f64 = 0.01;

/// Of a page, networks in common hold no more than these back, whatever the chance: whoever puts a decoy into the browsers that
/// are to be robbed a day later wins a few victims.
const PAGE_NETWORKS_IN_COMMON: usize = 4;

/// A finding of so many destinations names others in each visit. What comes from the same place in a script is one more of
/// them, where no more than [`SHARE_OF_MANY`] of the visitors report it, and [`NETWORKS_OF_MANY`] networks; of
/// [`NETWORKS_BY_CHANCE`], nobody knows the share.
const MANY: usize = 5;
const SHARE_OF_MANY: f64 = 0.5;
const NETWORKS_OF_MANY: usize = 12;
const NETWORKS_BY_CHANCE: usize = 3;

/// So many networks that report one of many names, and none of the others, may set it apart; two visits after each other share a
/// name too often.
const NETWORKS_OF_ITS_OWN: usize = 3;

/// How long after it spoke of another destination a network's word is worth less. Before, both may be of one visit.
const SPOKE_BEFORE: Duration = HOUR;

/// Destinations that are one alert.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Finding {
    /// The destination that it began with.
    pub(super) leader: DestinationKey,
    pub(super) hash: DestinationHash,
    pub(super) began: Timestamp,
    pub(super) last: Timestamp,
    pub(super) severity: Severity,
    /// The strong reasons of its leader.
    strong: StrongReasons,
    /// Whether it stood apart from a crowd when it began.
    pub(super) is_apart: bool,
    /// The networks that report the leader, and those that report one of many.
    witnesses: HashMap<NetworkId, Witness>,
    /// The networks that report what a crowd made part of it.
    of_crowd: HashMap<NetworkId, Witness>,
    /// What its destinations have in common, where they are another for each victim.
    pub(super) origin: Option<OriginId>,
    /// Its destinations, the leader first.
    pub(super) destinations: Vec<Member>,
}

/// A destination of a finding.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Member {
    pub(super) destination: Box<str>,
    /// Whether it began when the finding did.
    began_with: bool,
}

/// A network that reports a finding.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Witness {
    /// The first of the destinations that it reports.
    destination: DestinationHash,
    /// Whether it reports another one.
    has_others: bool,
    /// Since when.
    since: Timestamp,
}

/// A destination that has evidence enough.
#[derive(Clone, Copy, Debug)]
pub(in crate::detect) struct Candidate<'a> {
    pub(in crate::detect) key: &'a DestinationKey,
    /// Of its destination.
    pub(in crate::detect) hash: DestinationHash,
    pub(in crate::detect) severity: Severity,
    pub(in crate::detect) strong: StrongReasons,
    /// When it began: with the second of its networks, or with the first where that is alone.
    pub(in crate::detect) began: Timestamp,
    /// The latest networks that reported it.
    pub(in crate::detect) networks: &'a [NetworkId],
    /// Those of them that take part in the census.
    pub(in crate::detect) corroborated: &'a [NetworkId],
    /// Whether there is a census, so that the others may still take part.
    pub(in crate::detect) has_census: bool,
    /// What it has in common with others.
    pub(in crate::detect) origin: Option<OriginId>,
    /// Who reports which of the new destinations that have this in common; empty where it is not one of several.
    pub(in crate::detect) of_origin: &'a [(NetworkId, DestinationHash)],
}

impl Finding {
    /// A finding that begins with a destination.
    pub(super) fn new(candidate: Candidate<'_>, is_apart: bool, now: Timestamp) -> Self {
        let mut finding = Self {
            leader: candidate.key.clone(),
            hash: candidate.hash,
            began: now,
            last: now,
            severity: candidate.severity,
            strong: StrongReasons::default(),
            is_apart,
            witnesses: HashMap::default(),
            of_crowd: HashMap::default(),
            origin: candidate.origin.filter(|_| !candidate.of_origin.is_empty()),
            destinations: Vec::new(),
        };
        finding.take(candidate, now);
        finding
    }

    /// Adds a destination, or what is new of it.
    pub(super) fn take(&mut self, candidate: Candidate<'_>, now: Timestamp) {
        self.last = self.last.max(now);
        let began_with = self.began_with(&candidate);
        // Those of others do not count, or the finding would reach from each to the next.
        if *candidate.key == self.leader {
            self.strong.add(candidate.strong);
            // Those of all of an origin's destinations would be noted as the leader's, and with them the victims of a theft
            // that others surround with names.
            if candidate.of_origin.is_empty() {
                for network in candidate.networks {
                    note(&mut self.witnesses, *network, candidate.hash, now);
                }
            }
        }
        if !candidate.of_origin.is_empty() {
            self.origin = self.origin.or(candidate.origin);
        }
        for (network, hash) in candidate.of_origin {
            note(&mut self.witnesses, *network, *hash, now);
        }
        self.list(&candidate.key.destination, began_with);
    }

    /// Adds a destination that a crowd makes part of it.
    pub(super) fn take_of_crowd(&mut self, candidate: Candidate<'_>, now: Timestamp) {
        self.take(candidate, now);
        for network in candidate.networks {
            note(&mut self.of_crowd, *network, candidate.hash, now);
        }
    }

    /// Lists a destination as part of it.
    pub(super) fn list(&mut self, destination: &str, began_with: bool) {
        let is_known = |member: &&mut Member| *member.destination == *destination;
        if let Some(known) = self.destinations.iter_mut().find(is_known) {
            known.began_with |= began_with;
        } else if self.destinations.len() < limits::DESTINATIONS_PER_FINDING {
            self.destinations.push(Member { destination: Box::from(destination), began_with });
        }
    }

    /// Whether a destination is part of it by the networks that report both. `share_of`: the share of all visitors who report a
    /// destination.
    pub(super) fn takes_up(
        &self,
        candidate: &Candidate<'_>,
        share_of: impl Fn(&DestinationKey) -> f64,
    ) -> bool {
        let all = candidate.networks.len();
        let outsiders = self.outsiders(candidate).count();
        // What one network alone says is one finding, whatever it says and for however long.
        if all == 1 && self.witnesses.len() == 1 && outsiders == 0 {
            return true;
        }
        if self.strong.lacks(candidate.strong) {
            return false;
        }
        let is_alike = self.origin.is_some() && self.origin == candidate.origin;
        // Two networks are witnesses enough for themselves, whatever others say. One alone reports what is another destination
        // for each victim.
        let is_part = |strangers: usize| strangers < 2 && (is_alike || 2 * strangers <= all);
        let is_one_of_many = is_alike
            && self.destinations.len() >= MANY
            && all <= NETWORKS_OF_MANY
            && self.is_share_of_many((outsiders, all), share_of(candidate.key));
        is_one_of_many
            || is_part(outsiders)
                && (is_part(all)
                    || self.began_with(candidate)
                    || is_no_chance(candidate, all - outsiders, share_of(&self.leader)))
    }

    /// Whether so many visitors report a destination as report each one of many; `outsiders` of all its networks report nothing
    /// else of the finding. Without that, forged names out of the thief's place in a script would hold the theft back.
    fn is_share_of_many(&self, (outsiders, all): (usize, usize), share: f64) -> bool {
        let is_share = all <= NETWORKS_BY_CHANCE || share <= SHARE_OF_MANY;
        let is_of_its_own = outsiders >= NETWORKS_OF_ITS_OWN
            && common_name(outsiders, all, share, self.destinations.len()) < CHANCE;
        is_share && !is_of_its_own
    }

    /// Whether a destination began when the finding did.
    fn began_with(&self, candidate: &Candidate<'_>) -> bool {
        let name = &candidate.key.destination;
        let known = self.destinations.iter().find(|member| member.destination == *name);
        if known.is_some_and(|known| known.began_with) {
            return true;
        }
        let came_before = |witness: &&Witness| {
            witness.destination != candidate.hash && witness.since + LAG < candidate.began
        };
        candidate.began.is_within(TOGETHER_FOR, self.began)
            && self.witnesses.values().filter(came_before).count() < VISITORS_BEFORE
    }

    /// Whether a network reported another destination of the finding before a destination began.
    pub(super) fn spoke_before(&self, network: NetworkId, candidate: &Candidate<'_>) -> bool {
        let spoke = |of: &HashMap<NetworkId, Witness>| {
            of.get(&network).is_some_and(|known| {
                known.destination != candidate.hash && known.since + SPOKE_BEFORE < candidate.began
            })
        };
        spoke(&self.witnesses) || spoke(&self.of_crowd)
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

/// Whether so many networks in common say something: where all visitors report the finding, all report the destination, too,
/// whatever it is.
fn is_no_chance(candidate: &Candidate<'_>, in_common: usize, share: f64) -> bool {
    let is_held =
        candidate.severity < Severity::Page || candidate.networks.len() <= PAGE_NETWORKS_IN_COMMON;
    let exponent = i32::try_from(in_common).unwrap_or(i32::MAX);
    is_held && share.powi(exponent) < CHANCE
}

/// How likely so many of the visitors get the same name out of `names`, where each gets one by chance. `share` of the visitors
/// are `all` networks.
#[allow(clippy::cast_precision_loss, reason = "numbers of networks and names")]
fn common_name(same: usize, all: usize, share: f64, names: usize) -> f64 {
    let visitors = all as f64 / share;
    let groups = (0..same).map(|taken| (visitors - taken as f64) / (taken + 1) as f64);
    // Of each group of visitors, the others get the name of the first.
    groups.product::<f64>() * (names as f64).powf(1.0 - same as f64)
}

fn note(
    witnesses: &mut HashMap<NetworkId, Witness>,
    network: NetworkId,
    destination: DestinationHash,
    now: Timestamp,
) {
    if let Some(known) = witnesses.get_mut(&network) {
        known.has_others |= known.destination != destination;
    } else if witnesses.len() < limits::NETWORKS_PER_FINDING {
        witnesses.insert(network, Witness { destination, has_others: false, since: now });
    }
}
