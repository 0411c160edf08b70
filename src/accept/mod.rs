//! The listeners: connections with every timeout set, TLS, routes, answers. The only module that knows
//! hyper's server.
//!
//! What an answer promises (docs/http-api.md): 204 means that every report of the body that was
//! understood is in the journal, or counted as limited. The answers are the same whatever a report
//! says, and hold nothing of it. 429 and other brakes are never answered: Chromium sends a refused
//! report again up to five times.

mod activity;
mod admin;
mod answer;
mod body;
mod client_addr;
pub mod client_script;
mod connection;
mod handshakes;
mod listener;
mod networks;
mod proxy_protocol;
mod report;
mod script;
mod tag;
mod tls;

use std::net::IpAddr;
use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

pub use admin::Admin;
pub use client_addr::ClientHasher;
pub use listener::{Bound, ListenError, Listener, bind};
pub use networks::Networks;
pub use tag::is_tag;
pub use tls::{Tls, TlsError};

use body::BodiesInFlight;

use crate::base::limits;
use crate::base::occupancy::StateTable;
use crate::config::Config;
use crate::decisions::LiveDecisions;
use crate::journal::Journal;
use crate::metrics::{Metrics, RefusedConnection};
use crate::pipeline::Rules;

/// What the public listeners share.
pub struct Collector {
    policy: ArcSwap<Policy>,
    journal: Arc<Journal>,
    metrics: Arc<Metrics>,
    clients: ClientHasher,
    networks: Arc<Networks>,
    bodies: Arc<BodiesInFlight>,
    /// Whose turn it is among long bodies.
    long_bodies: Semaphore,
}

/// What a reload of the configuration replaces.
pub struct Policy {
    /// What is done with a body.
    pub rules: Rules,
    /// Bytes of one body.
    pub body_bytes: u64,
    /// Networks whose word about the client is believed.
    pub trusted_proxies: Vec<ipnet::IpNet>,
    /// Whether their connections begin with a header of the PROXY protocol.
    pub proxy_protocol: bool,
    /// Tells what is judged by from what was judged by before.
    pub rules_digest: String,
}

impl Policy {
    /// Compiles a configuration.
    pub fn new(config: &Config, live_decisions: Arc<LiveDecisions>) -> Self {
        Self {
            rules: Rules::new(config, live_decisions),
            body_bytes: config.limits.body_bytes,
            trusted_proxies: config.listen.trusted_proxies.clone(),
            proxy_protocol: config.listen.proxy_protocol,
            rules_digest: config.rules_digest(),
        }
    }
}

impl Collector {
    /// Puts the parts together.
    pub fn new(
        policy: Policy,
        journal: Arc<Journal>,
        metrics: Arc<Metrics>,
        clients: ClientHasher,
        networks: Networks,
    ) -> Self {
        let collector = Self {
            policy: ArcSwap::from_pointee(policy),
            journal,
            metrics,
            clients,
            networks: Arc::new(networks),
            bodies: Arc::new(BodiesInFlight::new()),
            long_bodies: Semaphore::new(limits::LONG_BODIES_AT_ONCE),
        };
        collector.announce();
        collector
    }

    /// What holds now.
    pub fn policy(&self) -> Arc<Policy> {
        self.policy.load_full()
    }

    /// Replaces the policy; requests in flight end under the old one.
    pub fn set_policy(&self, policy: Policy) {
        self.policy.store(Arc::new(policy));
        self.announce();
    }

    /// Whose connection it is: the peer's, or who a trusted proxy says in front of it.
    async fn client_of(&self, stream: &mut TcpStream, peer: IpAddr) -> Option<IpAddr> {
        let policy = self.policy.load();
        if !policy.proxy_protocol || !client_addr::is_proxy(peer, &policy.trusted_proxies) {
            return Some(peer);
        }
        drop(policy);
        match proxy_protocol::read(stream).await {
            Ok(client) => Some(client.unwrap_or(peer)),
            Err(_) => {
                self.metrics.count_refused_connection(RefusedConnection::ProxyHeader);
                None
            }
        }
    }

    /// Counts a connection as long as it lives; `None` when there are enough of its network.
    fn enter(&self, peer: IpAddr) -> Option<networks::Entered> {
        let is_proxy = client_addr::is_proxy(peer, &self.policy.load().trusted_proxies);
        let entered = self.networks.enter(peer, is_proxy);
        if entered.is_none() {
            self.metrics.count_refused_connection(RefusedConnection::Network);
        }
        entered
    }

    /// What is remembered of the internet, but for the destinations.
    pub fn state(&self) -> Vec<StateTable> {
        let policy = self.policy.load();
        let mut tables = policy.rules.quotas.state();
        tables.push(policy.rules.judging.sites.state());
        tables.extend(self.journal.state());
        tables
    }

    /// Forgets clients whose quota is whole again.
    pub fn retain_recent_clients(&self) {
        self.policy.load().rules.quotas.retain_recent();
    }

    fn announce(&self) {
        let policy = self.policy.load();
        for site in policy.rules.judging.sites.configured() {
            self.metrics.sites.announce(&site.name, site.page_groups().map(|group| &group.name));
            if site.signs_tags() {
                self.metrics.sites.announce_unsigned_tags(&site.name);
            }
        }
    }
}
