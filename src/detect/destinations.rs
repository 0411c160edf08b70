//! The unknown destinations of one site.
//!
//! There are at most [`limits::DESTINATIONS_PER_SITE`] of them. When there are more, the network that was first to report
//! most of them loses those with least evidence. So a network that forges reports evicts its own forgeries.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::alert::Severity;
use super::destination_state::DestinationState;
use crate::base::client_id::NetworkId;
use crate::base::clock::Timestamp;
use crate::base::collections::{HashMap, HashSet};
use crate::base::limits;
use crate::base::sip::sip;
use crate::decisions::{SeenAt, ThreatLists};

/// Hash of a destination, without its page group.
pub(super) type DestinationHash = u64;

/// The destinations of one site.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct SiteDestinations {
    /// Boxed, because half of the table is unused room.
    states: HashMap<DestinationKey, Box<DestinationState>>,
    /// The page groups on which no cards are entered.
    cardless_groups: HashSet<Arc<str>>,
    /// How many destinations came when there were already more than are exported.
    overflow: u64,
    /// How many destinations were evicted.
    evicted: u64,
}

/// A destination on a page group.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DestinationKey {
    /// The page group.
    pub page_group: Arc<str>,
    /// The registrable domain, or the IP address.
    pub destination: Box<str>,
}

impl DestinationKey {
    pub(super) fn new(page_group: &Arc<str>, destination: &str) -> Self {
        Self { page_group: Arc::clone(page_group), destination: Box::from(destination) }
    }

    /// The key of the destination on all page groups together.
    pub(super) fn hash_of_destination(&self) -> DestinationHash {
        sip(&*self.destination)
    }
}

impl SiteDestinations {
    /// The state of a destination, which begins now if it is new, and whether it is.
    pub(super) fn get_or_insert(
        &mut self,
        key: &DestinationKey,
        payment: bool,
        now: Timestamp,
    ) -> (&mut DestinationState, bool) {
        if !payment && !self.cardless_groups.contains(&key.page_group) {
            self.cardless_groups.insert(Arc::clone(&key.page_group));
        }
        let is_new = !self.states.contains_key(key);
        if is_new {
            if self.states.len() >= limits::DESTINATION_SERIES_PER_SITE {
                self.overflow += 1;
            }
            if self.states.len() >= limits::DESTINATIONS_PER_SITE {
                self.make_room();
            }
        }
        (
            self.states
                .entry(key.clone())
                .or_insert_with(|| Box::new(DestinationState::new(payment, now))),
            is_new,
        )
    }

    /// Forgets the destinations for which `is_forgotten` returns true, and returns them.
    /// Those that were part of a finding that one of them led are due to be looked at again.
    pub(super) fn forget(
        &mut self,
        is_forgotten: impl Fn(&str, SeenAt<'_>) -> bool,
    ) -> HashSet<DestinationKey> {
        let is_over = |key: &DestinationKey, state: &mut Box<DestinationState>| {
            is_forgotten(&key.destination, state.seen_at(&key.page_group))
        };
        let forgotten = self.states.extract_if(is_over).map(|(key, _)| key);
        let forgotten: HashSet<DestinationKey> = forgotten.collect();
        for (key, state) in &mut self.states {
            let Some(leader) = &state.finding else { continue };
            // Where the leader was seen is not known any more once it was evicted.
            let seen = SeenAt { directives: &[], page_group: &key.page_group, last: state.last };
            let leader_key = DestinationKey::new(&key.page_group, leader);
            if forgotten.contains(&leader_key) || is_forgotten(leader, seen) {
                (state.finding, state.is_due) = (None, true);
            }
        }
        forgotten
    }

    /// The destinations that are due to be looked at again and have evidence enough for an alert, those with most first.
    pub(super) fn due(&self) -> Vec<DestinationKey> {
        let due = self.states.iter().filter(|(_, state)| state.is_due && state.severity.is_some());
        let mut due: Vec<_> = due.collect();
        due.sort_by(|(_, one), (_, other)| {
            other.severity.cmp(&one.severity).then(other.score.total_cmp(&one.score))
        });
        due.into_iter().map(|(key, _)| key.clone()).collect()
    }

    /// The destinations on a threat list that were not known to be on one, each with the name of the list.
    pub(super) fn newly_listed<'l>(
        &mut self,
        threats: &'l ThreatLists,
    ) -> Vec<(DestinationKey, &'l str)> {
        let new = self.states.iter().filter(|(_, state)| state.evidence.threat.is_none());
        new.filter_map(|(key, _)| Some((key.clone(), threats.find(&key.destination)?))).collect()
    }

    /// The state of a destination.
    pub(super) fn get_mut(&mut self, key: &DestinationKey) -> Option<&mut DestinationState> {
        self.states.get_mut(key).map(|state| &mut **state)
    }

    /// The state of a destination.
    pub(super) fn get(&self, key: &DestinationKey) -> Option<&DestinationState> {
        self.states.get(key).map(|state| &**state)
    }

    /// Those of some destinations that have no alert by their own evidence, those with most evidence first.
    pub(super) fn without_alert<'k>(
        &self,
        keys: &'k [DestinationKey],
    ) -> Vec<(&'k DestinationKey, &DestinationState)> {
        let states = keys.iter().filter_map(|key| Some((key, self.get(key)?)));
        let mut quiet: Vec<_> = states.filter(|(_, state)| state.severity.is_none()).collect();
        quiet.sort_by(|(_, one), (_, other)| other.score.total_cmp(&one.score));
        quiet
    }

    /// Whether a network was the first to name more than so many destinations.
    pub(super) fn has_named(&self, network: NetworkId, more_than: usize) -> bool {
        let its = self.states.values().filter(|state| state.first_network() == network);
        its.take(more_than + 1).count() > more_than
    }

    /// The other destinations of a page group that mostly these networks report, those with most evidence first.
    pub(super) fn companions(
        &self,
        key: &DestinationKey,
        networks: &[NetworkId],
        severity: Severity,
        since: Timestamp,
    ) -> Vec<DestinationKey> {
        let is_companion = |(of, state): &(&DestinationKey, &DestinationState)| {
            *of != key
                && of.page_group == key.page_group
                && state.last >= since
                && (state.finding.is_none() || self.finding_of(of, state).severity < Some(severity))
                && state.is_mostly_of(networks)
        };
        let states = self.states.iter().map(|(of, state)| (of, &**state));
        let mut found: Vec<_> = states.filter(is_companion).collect();
        found.sort_by(|(_, one), (_, other)| other.score.total_cmp(&one.score));
        found.truncate(limits::DESTINATIONS_PER_FINDING);
        found.into_iter().map(|(of, _)| of.clone()).collect()
    }

    /// Makes destinations part of the finding of a leader.
    pub(super) fn join(&mut self, members: &[DestinationKey], leader: &DestinationKey) {
        for member in members {
            if let Some(state) = self.get_mut(member) {
                state.finding = Some(leader.destination.clone());
            }
        }
    }

    /// How much the number of visitors says of a destination on pages without cards, at the most; `None`: none of them
    /// reports it.
    pub(super) fn prevalence_on_cardless_pages(&self, destination: &str) -> Option<f64> {
        self.on_cardless_pages(destination).map(|state| state.prevalence).reduce(f64::max)
    }

    /// Whether a network reported a destination lately on pages without cards.
    pub(super) fn is_carried_by(&self, destination: &str, network: NetworkId) -> bool {
        self.on_cardless_pages(destination).any(|state| state.hits.has(network))
    }

    fn on_cardless_pages(&self, destination: &str) -> impl Iterator<Item = &DestinationState> {
        let groups = self.cardless_groups.iter();
        let states =
            groups.filter_map(move |group| self.get(&DestinationKey::new(group, destination)));
        states.filter(|state| state.evidence.on_page)
    }

    /// The destinations of a page group that this script was the last to reach, those that lead a finding first.
    pub(super) fn reached_by(&self, group: &str, host: &str, path: &str) -> Vec<DestinationKey> {
        let reaches = |state: &DestinationState| {
            state.script.as_ref().is_some_and(|(of, at)| **of == *host && **at == *path)
        };
        let found =
            self.states.iter().filter(|(key, state)| &*key.page_group == group && reaches(state));
        let mut found: Vec<_> = found.collect();
        // So what they lead has no strong reason that they lack.
        found.sort_by_key(|(_, state)| (state.severity.is_none(), state.finding.is_some()));
        found.into_iter().map(|(key, _)| key.clone()).collect()
    }

    /// Evicts a tenth of the destinations, so that a flood does not cause this work with every report.
    fn make_room(&mut self) {
        let mut all: Vec<(&DestinationKey, &DestinationState)> =
            self.states.iter().map(|(key, state)| (key, &**state)).collect();
        // One that has paged stays: forgotten and reported again, it would page again.
        let evidence =
            |state: &DestinationState| (state.has_paged(), state.is_proven(), state.severity);
        all.sort_unstable_by(|(_, one), (_, other)| {
            let order = evidence(other).cmp(&evidence(one));
            order.then(other.score.total_cmp(&one.score)).then(other.last.cmp(&one.last))
        });
        let count = (all.len() / 10).max(1);
        let last_ranks = by_rank(all).into_iter().rev().take(count);
        let evicted: Vec<DestinationKey> = last_ranks.map(|(key, _)| key.clone()).collect();
        self.evicted += count as u64;
        for key in &evicted {
            self.states.remove(key);
        }
    }

    /// All of them, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&DestinationKey, &DestinationState)> {
        self.states.iter().map(|(key, state)| (key, &**state))
    }

    /// How many destinations are remembered.
    pub fn len(&self) -> usize {
        self.states.len()
    }

    /// Whether no destination is remembered.
    pub fn is_empty(&self) -> bool {
        self.states.is_empty()
    }

    /// How many destinations came when there were already more than are exported.
    pub fn overflow(&self) -> u64 {
        self.overflow
    }

    /// How many destinations were evicted.
    pub(super) fn evicted(&self) -> u64 {
        self.evicted
    }
}

/// Orders destinations so that the first one of every network comes before the second one of any: whoever forges reports
/// competes with its own forgeries. Of the same rank the order stays.
pub(super) fn by_rank<'s>(
    destinations: Vec<(&'s DestinationKey, &'s DestinationState)>,
) -> Vec<(&'s DestinationKey, &'s DestinationState)> {
    let mut ranks: HashMap<NetworkId, usize> = HashMap::default();
    let rank = |(key, state): (&'s DestinationKey, &'s DestinationState)| {
        let rank = ranks.entry(state.first_network()).or_default();
        *rank += 1;
        (*rank, key, state)
    };
    let mut ranked: Vec<_> = destinations.into_iter().map(rank).collect();
    ranked.sort_by_key(|(rank, ..)| *rank);
    ranked.into_iter().map(|(_, key, state)| (key, state)).collect()
}
