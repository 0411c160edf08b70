//! Room in a full table of what one network alone has reported. The network that fills the table makes room, and not the one
//! that came first.

use std::cmp::Reverse;

use crate::base::client_id::NetworkId;
use crate::base::collections::HashMap;

/// The key of the oldest entry among those of the network that has most of them, or of all such networks. Each entry has its
/// key, its network, and its time or another number that grows with time.
pub(super) fn oldest_of_busiest<K, A: Ord>(
    entries: impl Iterator<Item = (K, NetworkId, A)> + Clone,
) -> Option<K> {
    let mut counts: HashMap<NetworkId, usize> = HashMap::default();
    for (_, network, _) in entries.clone() {
        *counts.entry(network).or_default() += 1;
    }
    let ranked =
        entries.map(|(key, network, age)| ((Reverse(counts.get(&network).copied()), age), key));
    let first = ranked.reduce(|one, other| if other.0 < one.0 { other } else { one });
    first.map(|(_, key)| key)
}
