//! Open connections, counted by client network, so that one network cannot take them all.

use std::net::IpAddr;
use std::sync::{Arc, MutexGuard};

use prometheus::IntGauge;

use super::client_addr::network;
use crate::base::collections::HashMap;
use crate::base::limits;
use crate::base::lock::Mutex;

/// The networks that have connections. No more than there are connections.
pub struct Networks {
    open: Mutex<HashMap<IpAddr, usize>>,
    /// `None` where it is not configured: then connections from this machine are not bounded, because a proxy opens them.
    connections_max: Option<usize>,
    gauge: IntGauge,
}

/// A connection that is counted as open until this is dropped.
pub(super) struct ConnectionSlot {
    networks: Arc<Networks>,
    network: Option<IpAddr>,
}

impl Networks {
    /// At most `connections_max` connections of one network; `gauge` shows how many there are of all networks.
    pub fn new(connections_max: Option<usize>, gauge: IntGauge) -> Self {
        Self { open: Mutex::default(), connections_max, gauge }
    }

    /// Counts a connection; `None` when its network has too many. A connection of a trusted proxy carries many clients
    /// and is not counted by network.
    pub(super) fn take_slot(
        self: &Arc<Self>,
        peer: IpAddr,
        is_proxy: bool,
    ) -> Option<ConnectionSlot> {
        let is_own = self.connections_max.is_none() && peer.to_canonical().is_loopback();
        let network = (!is_proxy && !is_own).then(|| network(peer));
        if let Some(network) = network {
            let mut open = self.open();
            let connections = open.entry(network).or_default();
            if *connections >= self.connections_max.unwrap_or(limits::CONNECTIONS_PER_NETWORK) {
                return None;
            }
            *connections += 1;
        }
        self.gauge.inc();
        Some(ConnectionSlot { networks: Arc::clone(self), network })
    }

    fn open(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.open.lock()
    }
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        self.networks.gauge.dec();
        let Some(network) = self.network else { return };
        let mut open = self.networks.open();
        if let Some(connections) = open.get_mut(&network) {
            *connections -= 1;
            if *connections == 0 {
                open.remove(&network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_network_has_its_share_and_others_theirs() {
        let gauge = IntGauge::new("open", "open").unwrap();
        let networks = Arc::new(Networks::new(Some(2), gauge.clone()));
        let take_slot = |text: &str, is_proxy| networks.take_slot(address(text), is_proxy);
        let first = take_slot("192.0.2.1", false);
        let second = take_slot("::ffff:192.0.2.200", false);
        assert!(first.is_some() && second.is_some());
        assert!(take_slot("192.0.2.7", false).is_none(), "the same /24");
        let others = [
            take_slot("192.0.3.1", false),
            take_slot("192.0.2.7", true),
            take_slot("2001:db8::1", false),
        ];
        assert!(others.iter().all(Option::is_some));
        assert_eq!(gauge.get(), 5);
        drop(first);
        assert!(take_slot("192.0.2.7", false).is_some());
        drop((second, others));
        assert_eq!(gauge.get(), 0);
        assert!(networks.open().is_empty());
    }

    #[test]
    fn networks_are_cut_where_customers_end() {
        assert_eq!(network(address("203.0.113.77")), address("203.0.113.0"));
        assert_eq!(network(address("2001:db8:1:2:3::4")), address("2001:db8:1::"));
    }
}
