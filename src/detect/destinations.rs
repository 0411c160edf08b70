//! The unknown destinations of one site.
//!
//! Bounded: there are at most [`limits::DESTINATIONS_PER_SITE`]. Where there are more, those that only one
//! network reported, and that nobody was woken for, go first, and of these the ones of the network that has
//! most: who forges reports pushes out what it forged.

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
    /// Boxed: half of the table is room.
    seen: HashMap<DestinationKey, Box<DestinationState>>,
    /// Page groups on which no cards are entered.
    plain_groups: HashSet<Arc<str>>,
    /// Destinations that came when more than are exported were there already.
    overflow: u64,
    /// Destinations that others pushed out.
    forgotten: u64,
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
    /// What the crowd knows the destination by, whatever the page group.
    pub(super) fn hash_of_destination(&self) -> DestinationHash {
        let mut hasher = SipHasher13::new();
        self.destination.hash(&mut hasher);
        hasher.finish()
    }
}

impl SiteDestinations {
    /// What is known of a destination, new or not; and whether it is new.
    pub(super) fn meet(
        &mut self,
        key: &DestinationKey,
        payment: bool,
        now: Timestamp,
    ) -> (&mut DestinationState, bool) {
        if !payment && !self.plain_groups.contains(&key.page_group) {
            self.plain_groups.insert(Arc::clone(&key.page_group));
        }
        let is_new = !self.seen.contains_key(key);
        if is_new {
            if self.seen.len() >= limits::DESTINATION_SERIES_PER_SITE {
                self.overflow += 1;
            }
            if self.seen.len() >= limits::DESTINATIONS_PER_SITE {
                self.make_room();
            }
        }
        (
            self.seen
                .entry(key.clone())
                .or_insert_with(|| Box::new(DestinationState::new(payment, now))),
            is_new,
        )
    }

    /// Forgets destinations.
    pub(super) fn forget(&mut self, is_forgotten: impl Fn(&str, &DestinationState) -> bool) {
        self.seen.retain(|key, seen| !is_forgotten(&key.destination, seen));
    }

    /// Destinations that a list has and nobody was told so.
    pub(super) fn listed<'l>(
        &mut self,
        threats: &'l ThreatLists,
    ) -> Vec<(DestinationKey, &'l str)> {
        let new = self.seen.iter().filter(|(_, seen)| seen.evidence.threat.is_none());
        new.filter_map(|(key, _)| Some((key.clone(), threats.find(&key.destination)?))).collect()
    }

    /// What is known of a destination.
    pub(super) fn get_mut(&mut self, key: &DestinationKey) -> Option<&mut DestinationState> {
        self.seen.get_mut(key).map(|seen| &mut **seen)
    }

    /// Whether pages without cards reach a destination too.
    pub(super) fn is_on_plain_pages(&self, destination: &str) -> bool {
        self.plain_groups.iter().any(|group| {
            let page_group = Arc::clone(group);
            let key = DestinationKey { page_group, destination: Box::from(destination) };
            self.seen.get(&key).is_some_and(|seen| seen.evidence.on_page)
        })
    }

    /// The destinations of a page group that a script reached last.
    pub(super) fn reached_by(&self, group: &str, host: &str, path: &str) -> Vec<DestinationKey> {
        let reaches = |seen: &DestinationState| {
            seen.script.as_ref().is_some_and(|(of, at)| **of == *host && **at == *path)
        };
        let found =
            self.seen.iter().filter(|(key, seen)| &*key.page_group == group && reaches(seen));
        found.map(|(key, _)| key.clone()).collect()
    }

    /// Forgets a tenth of the destinations, so that a flood pays for the work only now and then.
    fn make_room(&mut self) {
        let mut crowds: HashMap<NetworkId, usize> = HashMap::default();
        for seen in self.seen.values() {
            *crowds.entry(seen.first_network()).or_default() += 1;
        }
        let mut order: Vec<(bool, Reverse<usize>, Timestamp, DestinationKey)> = self
            .seen
            .iter()
            .map(|(key, seen)| {
                let crowd = crowds.get(&seen.first_network()).copied().unwrap_or(0);
                let is_kept = seen.is_proven() || seen.severity == Severity::Page;
                (is_kept, Reverse(crowd), seen.last, key.clone())
            })
            .collect();
        let count = (order.len() / 10).max(1);
        order.select_nth_unstable_by_key(count - 1, |(is_kept, crowd, last, _)| {
            (*is_kept, *crowd, *last)
        });
        self.forgotten += count as u64;
        for (.., key) in &order[..count] {
            self.seen.remove(key);
        }
    }

    /// The destinations to export, at most `count`: pages before tickets, to which a fifth of the places is
    /// left all the same; of each severity the latest of each network before the second latest of any.
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
            .seen
            .iter()
            .map(|(key, seen)| (key, &**seen))
            .filter(|(_, seen)| seen.severity == severity && seen.is_reportable())
            .collect();
        latest.sort_unstable_by_key(|(_, seen)| Reverse(seen.last));
        let mut ranks: HashMap<NetworkId, usize> = HashMap::default();
        let rank = |(key, seen): (&'s DestinationKey, &'s DestinationState)| {
            let rank = ranks.entry(seen.first_network()).or_default();
            *rank += 1;
            (*rank, key, seen)
        };
        let mut ranked: Vec<_> = latest.into_iter().map(rank).collect();
        // Stable: of the same rank the latest stay first.
        ranked.sort_by_key(|(rank, ..)| *rank);
        ranked.into_iter().map(|(_, key, seen)| (key, seen)).collect()
    }

    /// How many destinations are remembered.
    pub fn len(&self) -> usize {
        self.seen.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    /// Destinations that came when more than are exported were there already.
    pub fn overflow(&self) -> u64 {
        self.overflow
    }

    /// Destinations that others pushed out.
    pub(super) fn forgotten(&self) -> u64 {
        self.forgotten
    }
}
