//! Destinations in a crowd whose networks' part in the census may come within minutes: the reports of hashes arrive later
//! than others, and what takes part in the census may stand out of a crowd.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::destinations::DestinationKey;
use super::visit_count::LAG;
use crate::base::client_id::NetworkId;
use crate::base::clock::Timestamp;
use crate::base::collections::HashMap;
use crate::base::limits;

/// The destinations that wait, by the network that they wait for.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Waiting {
    of: HashMap<NetworkId, VecDeque<DestinationKey>>,
    /// The networks in the order of their first report, and when that was.
    order: VecDeque<(NetworkId, Timestamp)>,
}

impl Waiting {
    /// Notes that a destination waits for a network's part in the census.
    pub(super) fn push(&mut self, network: NetworkId, key: &DestinationKey, now: Timestamp) {
        if let Some(keys) = self.of.get_mut(&network) {
            if keys.contains(key) {
                return;
            }
            if keys.len() >= limits::WAITING_OF_NETWORK {
                keys.pop_front();
            }
            keys.push_back(key.clone());
            return;
        }
        self.forget_old(now);
        if self.order.len() >= limits::NETWORKS_WAITED_FOR
            && let Some((oldest, _)) = self.order.pop_front()
        {
            self.of.remove(&oldest);
        }
        self.order.push_back((network, now));
        self.of.insert(network, VecDeque::from([key.clone()]));
    }

    /// The destinations that wait for this network, once.
    pub(super) fn take(&mut self, network: NetworkId, now: Timestamp) -> VecDeque<DestinationKey> {
        self.forget_old(now);
        let Some(keys) = self.of.remove(&network) else { return VecDeque::new() };
        self.order.retain(|(of, _)| *of != network);
        keys
    }

    fn forget_old(&mut self, now: Timestamp) {
        while let Some((network, since)) = self.order.front()
            && !now.is_within(LAG, *since)
        {
            self.of.remove(network);
            self.order.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::base::clock::HOUR;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn key(name: &str) -> DestinationKey {
        DestinationKey::new(&Arc::from("payment"), name)
    }

    #[test]
    fn a_destination_waits_for_a_network_once_and_for_minutes() {
        let mut waiting = Waiting::default();
        for _ in 0..2 {
            waiting.push(NetworkId(5), &key("a.example"), NOW);
        }
        waiting.push(NetworkId(6), &key("a.example"), NOW);
        assert_eq!(waiting.take(NetworkId(9), NOW), []);
        assert_eq!(waiting.take(NetworkId(5), NOW), [key("a.example")]);
        assert_eq!(waiting.take(NetworkId(5), NOW), [], "once");
        assert_eq!(waiting.take(NetworkId(6), NOW + HOUR), [], "too late");
    }

    #[test]
    fn a_network_that_names_many_pushes_out_its_own() {
        let mut waiting = Waiting::default();
        waiting.push(NetworkId(1), &key("theft.example"), NOW);
        for index in 0..2 * limits::WAITING_OF_NETWORK {
            waiting.push(NetworkId(2), &key(&format!("{index}.example")), NOW);
        }
        assert_eq!(waiting.take(NetworkId(2), NOW).len(), limits::WAITING_OF_NETWORK);
        assert_eq!(waiting.take(NetworkId(1), NOW), [key("theft.example")]);
    }

    #[test]
    fn there_are_no_more_networks_than_the_limit() {
        let mut waiting = Waiting::default();
        for network in 0..=u32::try_from(limits::NETWORKS_WAITED_FOR).expect("few") {
            waiting.push(NetworkId(network), &key("a.example"), NOW);
        }
        assert_eq!(waiting.of.len(), limits::NETWORKS_WAITED_FOR);
        assert_eq!(waiting.take(NetworkId(0), NOW), [], "the oldest");
    }
}
