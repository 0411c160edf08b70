//! The unknown destinations of one site.
//!
//! There are at most [`limits::DESTINATIONS_PER_SITE`] of them. When there are more, those go first that only one network
//! reported and that paged nobody; of these, those of the network that has most. So a network that forges reports evicts
//! its own forgeries.

use std::cmp::Reverse;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use siphasher::sip::SipHasher13;

use serde::{Deserialize, Serialize};

use super::alert::Severity;
use super::destination_state::DestinationState;
use super::witnesses::DestinationHash;
use crate::base::client_id::NetworkId;
use crate::base::clock::Timestamp;
use crate::base::collections::{HashMap, HashSet};
use crate::base::limits;
use crate::decisions::ThreatLists;

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
    /// The key of the destination on all page groups together.
    pub(super) fn hash_of_destination(&self) -> DestinationHash {
        let mut hasher = SipHasher13::new();
        self.destination.hash(&mut hasher);
        hasher.finish()
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

    /// Forgets the destinations for which `is_forgotten` returns true.
    pub(super) fn forget(&mut self, is_forgotten: impl Fn(&str, &DestinationState) -> bool) {
        self.states.retain(|key, state| !is_forgotten(&key.destination, state));
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

    /// Whether pages without cards reach a destination, too.
    pub(super) fn is_on_cardless_pages(&self, destination: &str) -> bool {
        self.cardless_groups.iter().any(|group| {
            let page_group = Arc::clone(group);
            let key = DestinationKey { page_group, destination: Box::from(destination) };
            self.states.get(&key).is_some_and(|state| state.evidence.on_page)
        })
    }

    /// The destinations of a page group that this script was the last to reach.
    pub(super) fn reached_by(&self, group: &str, host: &str, path: &str) -> Vec<DestinationKey> {
        let reaches = |state: &DestinationState| {
            state.script.as_ref().is_some_and(|(of, at)| **of == *host && **at == *path)
        };
        let found =
            self.states.iter().filter(|(key, state)| &*key.page_group == group && reaches(state));
        found.map(|(key, _)| key.clone()).collect()
    }

    /// Evicts a tenth of the destinations, so that a flood does not cause this work with every report.
    fn make_room(&mut self) {
        let mut by_network: HashMap<NetworkId, usize> = HashMap::default();
        for state in self.states.values() {
            *by_network.entry(state.first_network()).or_default() += 1;
        }
        let mut order: Vec<(bool, Reverse<usize>, Timestamp, DestinationKey)> = self
            .states
            .iter()
            .map(|(key, state)| {
                let siblings = by_network.get(&state.first_network()).copied().unwrap_or(0);
                let is_kept = state.is_proven() || state.severity == Severity::Page;
                (is_kept, Reverse(siblings), state.last, key.clone())
            })
            .collect();
        let count = (order.len() / 10).max(1);
        order.select_nth_unstable_by_key(count - 1, |(is_kept, siblings, last, _)| {
            (*is_kept, *siblings, *last)
        });
        self.evicted += count as u64;
        for (.., key) in &order[..count] {
            self.states.remove(key);
        }
    }

    /// The destinations to export, at most `count`. Those that paged come first, but a fifth of the places is for tickets. Of
    /// each severity, the latest destination of every network comes before the second latest of any.
    pub fn foremost(&self, count: usize) -> Vec<(&DestinationKey, &DestinationState)> {
        let mut pages = self.of_severity(Severity::Page);
        let tickets = self.of_severity(Severity::Ticket);
        pages.truncate(count - tickets.len().min(count / 5));
        pages.into_iter().chain(tickets).take(count).collect()
    }

    fn of_severity<'s>(
        &'s self,
        severity: Severity,
    ) -> Vec<(&'s DestinationKey, &'s DestinationState)> {
        let mut latest: Vec<(&DestinationKey, &DestinationState)> = self
            .states
            .iter()
            .map(|(key, state)| (key, &**state))
            .filter(|(_, state)| state.severity == severity && state.is_reportable())
            .collect();
        latest.sort_unstable_by_key(|(_, state)| Reverse(state.last));
        let mut ranks: HashMap<NetworkId, usize> = HashMap::default();
        let rank = |(key, state): (&'s DestinationKey, &'s DestinationState)| {
            let rank = ranks.entry(state.first_network()).or_default();
            *rank += 1;
            (*rank, key, state)
        };
        let mut ranked: Vec<_> = latest.into_iter().map(rank).collect();
        // Stable: of the same rank the latest stay first.
        ranked.sort_by_key(|(rank, ..)| *rank);
        ranked.into_iter().map(|(_, key, state)| (key, state)).collect()
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
