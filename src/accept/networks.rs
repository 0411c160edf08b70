//! Open connections, counted by the network that they come from, so that one of them cannot take all.

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
    /// `None`: nobody has set it. Then those of this machine have none; they are a proxy's.
    connections_max: Option<usize>,
    gauge: IntGauge,
}

/// A connection that is open until this is dropped.
pub(super) struct Entered {
    networks: Arc<Networks>,
    network: Option<IpAddr>,
}

impl Networks {
    /// Lets so many connections of one network be open; `gauge` tells all of them.
    pub fn new(connections_max: Option<usize>, gauge: IntGauge) -> Self {
        Self { open: Mutex::default(), connections_max, gauge }
    }

    /// Counts a connection; `None` when its network has enough. One of a trusted proxy stands for many
    /// clients and is not counted by network.
    pub(super) fn enter(self: &Arc<Self>, peer: IpAddr, is_proxy: bool) -> Option<Entered> {
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
        Some(Entered { networks: Arc::clone(self), network })
    }

    fn open(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.open.lock()
    }
}

impl Drop for Entered {
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
        let enter = |text: &str, is_proxy| networks.enter(address(text), is_proxy);
        let first = enter("192.0.2.1", false);
        let second = enter("::ffff:192.0.2.200", false);
        assert!(first.is_some() && second.is_some());
        assert!(enter("192.0.2.7", false).is_none(), "the same /24");
        let others =
            [enter("192.0.3.1", false), enter("192.0.2.7", true), enter("2001:db8::1", false)];
        assert!(others.iter().all(Option::is_some));
        assert_eq!(gauge.get(), 5);
        drop(first);
        assert!(enter("192.0.2.7", false).is_some());
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
