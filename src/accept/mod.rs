//! The listeners: connections with every timeout set, TLS, routes, answers. The only module that knows
//! hyper's server.
//!
//! What an answer promises: 204 means that every report of the body that was understood is in the journal, or counted as
//! limited. The answers are the same whatever a report says, and contain nothing of it. 429 and the like are never
//! answered: Chromium sends a refused report again up to five times.

mod activity;
mod admin;
mod admin_host;
mod answer;
mod body;
mod certificate;
mod client_addr;
pub mod client_script;
mod connection;
mod listener;
mod networks;
mod newest;
mod proxy_protocol;
mod report;
mod rotating_hasher;
mod script;
mod shorten;
mod tag;
mod tls;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

pub use admin::Admin;
pub use admin_host::AdminHosts;
pub use client_addr::ClientHasher;
pub use listener::{Bound, ListenError, Listener, bind, listen};
pub use networks::Networks;
pub use newest::Newest;
pub use rotating_hasher::RotatingHasher;
pub use tag::is_tag;
pub use tls::{Tls, TlsError};

use body::BodiesInFlight;

use crate::base::limits;
use crate::base::occupancy::StateTable;
use crate::config::{ClientHeader, Config};
use crate::decisions::LiveDecisions;
use crate::journal::Journal;
use crate::metrics::{Metrics, RefusedConnection};
use crate::pipeline::Rules;
use crate::pipeline::normalise::redact::RedactionKey;

/// What the public listeners share.
pub struct Collector {
    live_config: ArcSwap<LiveConfig>,
    journal: Arc<Journal>,
    metrics: Arc<Metrics>,
    clients: RotatingHasher,
    networks: Arc<Networks>,
    /// The connections that have sent nothing yet: they make room for others.
    silent_connections: Newest,
    /// The connections that have sent something, by the memory that they count for.
    begun_connections: Arc<Newest>,
    bodies: Arc<BodiesInFlight>,
    /// Permits to process a long body.
    long_bodies: Semaphore,
}

/// The part of the configuration that a reload replaces.
pub struct LiveConfig {
    /// How bodies are decoded, normalised and judged.
    pub rules: Arc<Rules>,
    /// Bytes of one body.
    pub body_bytes: u64,
    /// Networks of proxies that may name the client.
    pub trusted_proxies: Vec<ipnet::IpNet>,
    /// Whose word of these counts.
    pub client_header: ClientHeader,
    /// Whether their connections begin with a header of the PROXY protocol.
    pub proxy_protocol: bool,
}

impl LiveConfig {
    /// Compiles a configuration.
    pub fn new(config: &Config, live_decisions: Arc<LiveDecisions>, key: RedactionKey) -> Self {
        let mut rules = Rules::new(config, live_decisions);
        rules.judging.redaction_key = key;
        Self {
            rules: Arc::new(rules),
            body_bytes: config.limits.body_bytes,
            trusted_proxies: config.listen.trusted_proxies.clone(),
            client_header: config.listen.client_header,
            proxy_protocol: config.listen.proxy_protocol,
        }
    }
}

impl Collector {
    /// A collector without connections, which announces its sites to the metrics.
    pub fn new(
        live_config: LiveConfig,
        journal: Arc<Journal>,
        metrics: Arc<Metrics>,
        clients: RotatingHasher,
        networks: Networks,
    ) -> Self {
        let collector = Self {
            live_config: ArcSwap::from_pointee(live_config),
            journal,
            metrics,
            clients,
            networks: Arc::new(networks),
            silent_connections: Newest::new(u64::MAX),
            begun_connections: Arc::new(Newest::new(limits::CONNECTION_BYTES)),
            bodies: Arc::new(BodiesInFlight::new()),
            long_bodies: Semaphore::new(limits::LONG_BODIES_AT_ONCE),
        };
        collector.announce();
        collector
    }

    /// The configuration that applies now.
    pub fn live_config(&self) -> Arc<LiveConfig> {
        self.live_config.load_full()
    }

    /// Replaces the configuration; requests in flight end under the old one.
    pub fn set_live_config(&self, mut live_config: LiveConfig) {
        if let Some(rules) = Arc::get_mut(&mut live_config.rules) {
            rules.go_on_with_quotas(&self.live_config.load().rules);
        }
        self.live_config.store(Arc::new(live_config));
        self.announce();
    }

    /// The address that a connection belongs to: the peer's, or the one in the PROXY header of a trusted proxy. `None`
    /// where that header is wrong.
    async fn client_address(&self, stream: &mut TcpStream, peer: IpAddr) -> Option<IpAddr> {
        let live = self.live_config.load();
        if !live.proxy_protocol || !client_addr::is_proxy(peer, &live.trusted_proxies) {
            return Some(peer);
        }
        drop(live);
        match proxy_protocol::read(stream).await {
            Ok(client) => Some(client.unwrap_or(peer)),
            Err(_) => {
                self.metrics.count_refused_connection(RefusedConnection::ProxyHeader);
                None
            }
        }
    }

    fn is_proxy(&self, peer: IpAddr) -> bool {
        client_addr::is_proxy(peer, &self.live_config.load().trusted_proxies)
    }

    /// For how long a connection from this address may be idle.
    fn longest_idle(&self, peer: IpAddr) -> Duration {
        if self.is_proxy(peer) { limits::PROXY_IDLE } else { limits::REQUEST_HEAD }
    }

    /// Counts a connection until the slot is dropped; `None` when its network has too many.
    fn connection_slot(&self, peer: IpAddr) -> Option<networks::ConnectionSlot> {
        let slot = self.networks.take_slot(peer, self.is_proxy(peer));
        if slot.is_none() {
            self.metrics.count_refused_connection(RefusedConnection::Network);
        }
        slot
    }

    /// How full the bounded tables are, but for those of detection.
    pub fn state(&self) -> Vec<StateTable> {
        let live = self.live_config.load();
        let mut tables = live.rules.quotas.state();
        tables.push(live.rules.judging.sites.state());
        tables.extend(self.journal.state());
        tables
    }

    /// Forgets clients whose quota is full again.
    pub fn retain_recent_clients(&self) {
        self.live_config.load().rules.quotas.retain_recent();
    }

    /// Makes the series of the configured sites exist before their first report.
    fn announce(&self) {
        let live = self.live_config.load();
        for site in live.rules.judging.sites.configured() {
            self.metrics.sites.announce(&site.name, site.page_groups().map(|group| &group.name));
            if site.signs_tags() {
                self.metrics.sites.announce_unsigned_tags(&site.name);
            }
        }
    }
}
