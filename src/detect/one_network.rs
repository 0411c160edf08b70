//! The visitors that one network has on a page group. Detection counts networks, and everybody behind a carrier's gateway or a
//! company's proxy is of one. Where a script of the site reaches a destination and one network alone reports it, it matters
//! whether most of that network's visitors do, or the one who brings it along.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::score::weights::NETWORK_WITNESSES;
use crate::base::client_id::NetworkId;
use crate::base::clock::{DAY, Timestamp};
use crate::base::limits;

/// A visitor within a network: a session that the site signed, or a client.
pub(super) type Witness = u64;

/// The networks whose visitors are watched, in the order in which that began.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct WatchedNetworks(VecDeque<Watched>);

#[derive(Debug, Serialize, Deserialize)]
struct Watched {
    group: Arc<str>,
    network: NetworkId,
    since: Timestamp,
    /// The first visitors since then.
    visitors: Vec<Witness>,
}

impl WatchedNetworks {
    /// Watches a network whose visitor reports a destination, for a day. Returns its visitors since that began.
    pub(super) fn watch(
        &mut self,
        group: &Arc<str>,
        network: NetworkId,
        visitor: Witness,
        now: Timestamp,
    ) -> Vec<Witness> {
        self.0.retain(|watched| now.is_within(DAY, watched.since));
        let of = |watched: &&Watched| watched.network == network && watched.group == *group;
        if let Some(watched) = self.0.iter().find(of) {
            return watched.visitors.clone();
        }
        if self.0.len() >= limits::NETWORKS_WATCHED {
            self.0.pop_front();
        }
        let (group, visitors) = (Arc::clone(group), vec![visitor]);
        self.0.push_back(Watched { group, network, since: now, visitors });
        vec![visitor]
    }

    /// Notes a visitor of a page group.
    pub(super) fn note(&mut self, group: &Arc<str>, network: NetworkId, visitor: Witness) {
        let of = |watched: &&mut Watched| watched.network == network && watched.group == *group;
        if let Some(watched) = self.0.iter_mut().find(of)
            && watched.visitors.len() < limits::VISITORS_OF_NETWORK
            && !watched.visitors.contains(&visitor)
        {
            watched.visitors.push(visitor);
        }
    }
}

/// Whether many of a network's visitors are among these, and at least half of them.
pub(super) fn are_most(witnesses: &[Witness], visitors: &[Witness]) -> bool {
    let found = visitors.iter().filter(|visitor| witnesses.contains(visitor)).count();
    found >= NETWORK_WITNESSES && 2 * found >= visitors.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    /// Whether so many witnesses are most of a network's visitors, of whom so many others report nothing.
    fn is_shown(witnesses: u64, others: u64) -> bool {
        let (group, network) = (Arc::from("payment"), NetworkId(1));
        let mut watched = WatchedNetworks::default();
        watched.watch(&group, network, 0, NOW);
        (0..witnesses + others).for_each(|visitor| watched.note(&group, network, visitor));
        watched.note(&group, NetworkId(2), 99);
        let witnesses: Vec<Witness> = (0..witnesses).collect();
        are_most(&witnesses, &watched.watch(&group, network, 0, NOW))
    }

    #[test]
    fn many_and_most_of_the_visitors_are_needed() {
        let few = NETWORK_WITNESSES as u64 - 1;
        assert!(!is_shown(few, 0) && is_shown(few + 1, 0));
        assert!(is_shown(20, 20) && !is_shown(20, 21));
    }

    #[test]
    fn there_are_no_more_networks_and_visitors_than_the_limits() {
        let group = Arc::from("payment");
        let mut watched = WatchedNetworks::default();
        for network in 0..1_000 {
            watched.watch(&group, NetworkId(network), 0, NOW);
            (0..1_000).for_each(|visitor| watched.note(&group, NetworkId(network), visitor));
        }
        assert_eq!(watched.0.len(), limits::NETWORKS_WATCHED);
        assert!(watched.0.iter().all(|of| of.visitors.len() == limits::VISITORS_OF_NETWORK));
        watched.watch(&group, NetworkId(1), 0, NOW + 2 * DAY);
        assert_eq!(watched.0.len(), 1, "a day later it begins anew");
    }
}
