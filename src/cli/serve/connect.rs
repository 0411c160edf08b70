//! The second part of `cspwatch serve`: connects the parts to each other and binds the listeners. Nothing runs yet, except
//! an embedded ClickHouse.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::super::{Environment, Failure, connection, filling, inserter, placement};
use super::open::{Keys, Opened};
use super::runtimes::Runtimes;
use crate::accept::{self, Admin, Bound, Collector, Listener, LiveConfig, Networks, Tls};
use crate::base::lock::Mutex;
use crate::base::readiness::Readiness;
use crate::config::{Config, Server};
use crate::decisions::{LiveDecisions, ThreatFiles};
use crate::detect::Detector;
use crate::journal::Journal;
use crate::metrics::Metrics;
use crate::peers::{PeerSync, Peers};
use crate::pipeline::Rules;
use crate::sink::Sink;
use crate::store::embedded::ports::try_port;
use crate::store::schema::Filling;
use crate::store::supervisor::{self, Supervisor, SupervisorOptions};
use crate::telemetry::SpanSender;

/// How long the port of the embedded ClickHouse may be taken, and the pause between two looks.
const PORT_MAX: Duration = Duration::from_secs(5);
const PORT_PAUSE: Duration = Duration::from_millis(100);

/// All that `cspwatch serve` runs.
pub(super) struct Service {
    pub(super) journal: Arc<Journal>,
    pub(super) detector: Arc<Mutex<Detector>>,
    pub(super) live_decisions: Arc<LiveDecisions>,
    /// `limits.connections`.
    pub(super) connections: usize,
    pub(super) front: Front,
    pub(super) back: Back,
}

/// What answers: browsers on the public listeners, operators and Prometheus on the admin listener.
pub(super) struct Front {
    pub(super) collector: Arc<Collector>,
    pub(super) tls: Option<Arc<Tls>>,
    pub(super) admin: Bound,
    pub(super) public: Vec<Bound>,
}

/// What talks to ClickHouse.
pub(super) struct Back {
    pub(super) peers: PeerSync,
    /// The embedded ClickHouse, where that is configured.
    pub(super) clickhouse: Option<Supervisor>,
    pub(super) sink: Arc<Sink>,
    /// Fills what rollups lack, where this collector makes the tables.
    pub(super) filling: Filling,
    /// Sends the spans of the admin listener and the sink, where that is configured.
    pub(super) spans: SpanSender,
}

impl Service {
    /// `migrate`: whether the sink creates and updates the tables.
    pub(super) fn connect(
        opened: Opened,
        config: &Config,
        environment: &Environment,
        migrate: bool,
        runtimes: &Runtimes,
    ) -> Result<Self, Failure> {
        let Opened { journal, detector, metrics, keys, is_new } = opened;
        let readiness = Arc::new(Readiness::default());
        journal.set_daily_bytes(config.limits.daily_bytes);
        let live_decisions: Arc<LiveDecisions> = Arc::default();
        let collector = collector(config, &live_decisions, &journal, &metrics, keys);
        watch_state(&metrics, &collector, &detector)?;
        let spans = SpanSender::start(
            &config.telemetry,
            "cspwatch",
            Arc::clone(&metrics.spans),
            runtimes.background.handle(),
        )?;
        let admin = Admin::new(
            Arc::clone(&metrics),
            Arc::clone(&readiness),
            Arc::clone(&detector),
            &config.listen,
            spans.tracer(),
        );
        let front = Front::bind(config, collector, admin, runtimes)?;
        metrics.about.set_certificate(front.tls.as_ref().and_then(|tls| tls.ends()));
        let peers = Peers {
            client: connection(config).client()?,
            journal: Arc::clone(&journal),
            live_decisions: Arc::clone(&live_decisions),
            detector: Arc::clone(&detector),
            metrics: Arc::clone(&metrics),
            rules: rules_in_force(&front.collector),
        };
        let threat_files = ThreatFiles::new(config.detection.threat_lists.clone());
        let back = Back {
            peers: peers.begin(threat_files, is_new),
            clickhouse: start_clickhouse(config, environment)?,
            filling: filling(config, counting_failures(&metrics))?,
            sink: Arc::new(Sink {
                journal: Arc::clone(&journal),
                inserter: inserter(config)?,
                placement: placement(config),
                retention: config.retention,
                migrate,
                metrics,
                readiness,
                tracer: spans.tracer(),
            }),
            spans,
        };
        let connections = config.limits.connections;
        Ok(Self { journal, detector, live_decisions, connections, front, back })
    }
}

/// Counts each failed run that fills rollups.
fn counting_failures(metrics: &Arc<Metrics>) -> Box<dyn Fn() + Send + Sync> {
    let metrics = Arc::clone(metrics);
    Box::new(move || metrics.rollup_errors.inc())
}

/// Returns the present rules whenever it is called.
fn rules_in_force(collector: &Arc<Collector>) -> Box<dyn Fn() -> Arc<Rules> + Send + Sync> {
    let collector = Arc::clone(collector);
    Box::new(move || Arc::clone(&collector.live_config().rules))
}

fn collector(
    config: &Config,
    live_decisions: &Arc<LiveDecisions>,
    journal: &Arc<Journal>,
    metrics: &Arc<Metrics>,
    keys: Keys,
) -> Arc<Collector> {
    let live_config = LiveConfig::new(config, Arc::clone(live_decisions), keys.redaction);
    let networks =
        Networks::new(config.limits.connections_per_network, metrics.connections.clone());
    Arc::new(Collector::new(
        live_config,
        Arc::clone(journal),
        Arc::clone(metrics),
        keys.clients,
        networks,
    ))
}

/// Shows in the metrics how full each bounded table is.
fn watch_state(
    metrics: &Metrics,
    collector: &Arc<Collector>,
    detector: &Arc<Mutex<Detector>>,
) -> Result<(), Failure> {
    let (collector, detector) = (Arc::clone(collector), Arc::clone(detector));
    Ok(metrics.watch_state(Box::new(move || {
        let mut tables = collector.state();
        tables.extend(detector.lock().occupancy());
        tables
    }))?)
}

impl Front {
    fn bind(
        config: &Config,
        collector: Arc<Collector>,
        admin: Admin,
        runtimes: &Runtimes,
    ) -> Result<Self, Failure> {
        let listen = &config.listen;
        let tls = listen.public_tls.as_ref().map(Tls::new).transpose()?.map(Arc::new);
        let admin = accept::bind("listen.admin", listen.admin, Listener::Admin(Arc::new(admin)))?;
        let public = {
            let _inside = runtimes.public.enter();
            bind_public(config, &collector, tls.as_ref())?
        };
        tracing::info!(public = %listen.public, admin = %listen.admin, "listening");
        tracing::info!(noise_rules = %config.noise, "reports are judged by these lists");
        Ok(Self { collector, tls, admin, public })
    }
}

fn bind_public(
    config: &Config,
    collector: &Arc<Collector>,
    tls: Option<&Arc<Tls>>,
) -> Result<Vec<Bound>, Failure> {
    let listen = &config.listen;
    let public = Listener::Public(Arc::clone(collector));
    let mut bound = vec![accept::bind("listen.public", listen.public, public)?];
    if let (Some(files), Some(tls)) = (&listen.public_tls, tls) {
        let listener = Listener::PublicTls(Arc::clone(collector), Arc::clone(tls));
        bound.push(accept::bind("listen.public_tls", files.address, listener)?);
        tracing::info!(public_tls = %files.address, "listening");
    }
    Ok(bound)
}

/// Waits for a moment until the port of the embedded ClickHouse is free: that of the process before may be about to end.
/// Whoever else listens there must not get this collector's reports, nor give it decisions.
fn until_free(http: SocketAddr) -> Result<(), Failure> {
    let started = Instant::now();
    loop {
        match try_port(http) {
            Ok(()) => return Ok(()),
            Err(_) if started.elapsed() < PORT_MAX => thread::sleep(PORT_PAUSE),
            Err(error) => {
                return Err(format!(
                    "clickhouse.embedded_http: {http} cannot be used ({error}). If another collector's ClickHouse is there, \
                     give this one a port and a clickhouse.embedded_dir of its own, or set clickhouse.url to share a server"
                )
                .into());
            }
        }
    }
}

/// Starts the embedded ClickHouse, where it is configured. If its engine is missing, the collector does not start: the
/// engine will not appear by itself.
fn start_clickhouse(
    config: &Config,
    environment: &Environment,
) -> Result<Option<Supervisor>, Failure> {
    let Server::Embedded { dir, http, tcp } = &config.clickhouse.server else { return Ok(None) };
    until_free(*http)?;
    environment.engine()?;
    let supervisor = Supervisor::start(SupervisorOptions {
        exe: std::env::current_exe()?,
        data: dir.clone(),
        http: *http,
        tcp: *tcp,
        config_file: None,
        log_file: dir.with_extension("log"),
        backoff: supervisor::RESTARTS,
    })?;
    Ok(Some(supervisor))
}
