//! `cspwatch serve`: the collector.

mod runtimes;

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinSet, spawn_blocking};

use runtimes::Runtimes;

use super::ending::Ending;
use super::{ConfigArgs, Environment, Failure, client_key, connection, inserter, placement};
use crate::accept::{self, Admin, Bound, ClientHasher, Collector, Listener, Networks, Policy, Tls};
use crate::base::clock::Timestamp;
use crate::base::limits;
use crate::base::readiness::Readiness;
use crate::config::{Config, Server};
use crate::decisions::{Guidance, ThreatFiles};
use crate::detect::Detector;
use crate::journal::Journal;
use crate::metrics::Metrics;
use crate::observer::{self, Tally};
use crate::peers::{self, Exchange};
use crate::sink::Sink;
use crate::store::schema::fill::keep_filled;
use crate::store::supervisor::{Backoff, Supervisor, SupervisorOptions};

/// Runs the collector until SIGTERM or SIGINT; SIGHUP reloads sites, noise rules and limits.
#[derive(Debug, clap::Args)]
pub struct ServeArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Do not make or update the tables in ClickHouse; `cspwatch migrate` does it.
    #[arg(long)]
    no_migrate: bool,
    /// What is logged to standard error: error, warn, info, debug, or a filter as
    /// `info,cspwatch::sink=debug`. Report text is never logged.
    #[arg(long, value_name = "FILTER", default_value = "info")]
    log: String,
    /// How it is logged.
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    log_format: LogFormat,
}

/// The form of log lines.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    Human,
    /// One JSON object a line.
    Json,
}

/// Time that requests in flight get after SIGTERM.
const DRAIN_REQUESTS: Duration = Duration::from_secs(10);
/// Time that ClickHouse gets to take what is sealed then.
const DRAIN_SEGMENTS: Duration = Duration::from_secs(15);
/// Time that the embedded ClickHouse gets to end.
const STOP_CLICKHOUSE: Duration = Duration::from_secs(10);
/// How often detection looks for silence, and what it remembers is noted.
const NOTE_DETECTION: Duration = Duration::from_secs(10);
/// How often quotas of clients that rest are forgotten, and certificates looked at.
const HOUSE_KEEPING: Duration = Duration::from_secs(60);

/// Serves.
pub fn run(args: &ServeArgs, environment: &Environment) -> Result<(), Failure> {
    let config = args.config.load(environment)?;
    start_logging(args)?;
    let runtimes = Runtimes::start()?;
    let _inside = runtimes.main.enter();
    let signals = Signals::listen()?;

    let readiness = Arc::new(Readiness::default());
    let detector: Arc<Mutex<Detector>> = Arc::default();
    let metrics = Arc::new(Metrics::new(Arc::clone(&detector))?);
    let tally = Tally { metrics: Arc::clone(&metrics), detector: Arc::clone(&detector) };
    let journal = Arc::new(Journal::open(&config.journal, tally)?);
    let is_new = !observer::recover(&journal, &detector)?;
    metrics.watch_journal(Arc::clone(&journal))?;

    let hasher = ClientHasher::new(&client_key(&config)?.unwrap_or_else(|| journal.client_key()));
    let guidance: Arc<Guidance> = Arc::default();
    let policy = Policy::new(&config, Arc::clone(&guidance));
    let networks =
        Networks::new(config.limits.connections_per_network, metrics.connections.clone());
    let collector = Arc::new(Collector::new(
        policy,
        Arc::clone(&journal),
        Arc::clone(&metrics),
        hasher,
        networks,
    ));
    let remembered = (Arc::clone(&collector), Arc::clone(&detector));
    metrics.watch_state(Box::new(move || {
        let (collector, detector) = &remembered;
        let mut tables = collector.state();
        tables.extend(detector.lock().unwrap_or_else(PoisonError::into_inner).state());
        tables
    }))?;
    let admin = Admin {
        metrics: Arc::clone(&metrics),
        readiness: Arc::clone(&readiness),
        detector: Arc::clone(&detector),
        token: config.listen.admin_token.clone(),
    };
    let tls = config.listen.public_tls.as_ref().map(Tls::new).transpose()?.map(Arc::new);
    let admin =
        accept::bind("listen.admin", config.listen.admin, Listener::Admin(Arc::new(admin)))?;
    let listeners = {
        let _inside = runtimes.public.enter();
        bind_public(&config, &collector, tls.as_ref())?
    };
    tracing::info!(public = %config.listen.public, admin = %config.listen.admin, "listening");
    let exchange = Exchange {
        client: connection(&config).client()?,
        journal: Arc::clone(&journal),
        guidance: Arc::clone(&guidance),
        detector: Arc::clone(&detector),
        collector: Arc::clone(&collector),
    };
    let threat_files = ThreatFiles::new(config.detection.threat_lists.clone());
    let exchange = exchange.begin(threat_files, is_new);
    let clickhouse = start_clickhouse(&config, environment)?;
    let sink = Sink {
        journal,
        inserter: inserter(&config)?,
        placement: placement(&config),
        retention: config.retention,
        migrate: !args.no_migrate,
        metrics,
        readiness,
    };
    let sink = Arc::new(sink);
    let service = Service {
        config,
        signals,
        collector,
        tls,
        admin,
        listeners,
        sink,
        exchange,
        guidance,
        detector,
        clickhouse,
    };
    service.run(&runtimes, args, environment)
}

/// What people tell it by.
struct Signals {
    ending: Ending,
    hangup: Signal,
}

impl Signals {
    /// Listens to them; before, SIGHUP would end the process.
    fn listen() -> io::Result<Self> {
        Ok(Self { ending: Ending::listen()?, hangup: signal(SignalKind::hangup())? })
    }
}

/// All that runs.
struct Service {
    config: Config,
    signals: Signals,
    collector: Arc<Collector>,
    tls: Option<Arc<Tls>>,
    admin: Bound,
    listeners: Vec<Bound>,
    sink: Arc<Sink>,
    exchange: peers::Begun,
    guidance: Arc<Guidance>,
    detector: Arc<Mutex<Detector>>,
    clickhouse: Option<Supervisor>,
}

impl Service {
    fn run(
        self,
        runtimes: &Runtimes,
        args: &ServeArgs,
        environment: &Environment,
    ) -> Result<(), Failure> {
        self.sink.begin();
        let (stop, stopped) = watch::channel(false);
        // A flood of the public listeners must not keep Prometheus out. Every listener holds one permit
        // while it waits for a connection.
        let waiting = self.listeners.len();
        let connections = affordable(self.config.limits.connections);
        let connections = Arc::new(Semaphore::new(connections + waiting));
        let mut accepting = JoinSet::new();
        for listener in self.listeners {
            let serving = listener.serve(Arc::clone(&connections), stopped.clone());
            accepting.spawn_on(serving, runtimes.public.handle());
        }
        let connections = Arc::new(Semaphore::new(limits::ADMIN_CONNECTIONS));
        let serving = self.admin.serve(connections, stopped.clone());
        accepting.spawn_on(serving, runtimes.main.handle());
        let (stop_sink, sink_stopped) = watch::channel(false);
        let sink = Arc::clone(&self.sink);
        let sending = runtimes.background.spawn(async move { sink.run(sink_stopped).await });
        runtimes.background.spawn(self.exchange.run(stopped.clone()));
        if self.sink.migrate {
            let client = self.sink.inserter.client.clone();
            let database = self.sink.placement.local();
            runtimes.background.spawn(keep_filled(client, database, stopped.clone()));
        }
        let noting = runtimes
            .background
            .spawn(note_now_and_then(Arc::clone(&self.sink.journal), Arc::clone(&self.detector)));
        let collector = Arc::clone(&self.collector);
        runtimes.main.block_on(async {
            let reload = || reload(&collector, &self.guidance, args, environment);
            until_stopped(self.signals, &collector, self.tls.as_deref(), reload).await;
            tracing::info!("stopping: no new connections");
            let _ = stop.send(true);
            let drained = tokio::time::timeout(DRAIN_REQUESTS, async {
                while accepting.join_next().await.is_some() {}
            });
            if drained.await.is_err() {
                tracing::warn!("some requests did not end in time");
            }
            let _ = stop_sink.send(true);
            sending.await?;
            let journal = Arc::clone(&self.sink.journal);
            noting.abort();
            let detector = Arc::clone(&self.detector);
            spawn_blocking(move || {
                journal.close();
                observer::note(&journal, &detector);
            })
            .await?;
            if tokio::time::timeout(DRAIN_SEGMENTS, self.sink.drain()).await.is_err() {
                tracing::warn!("ClickHouse did not take everything in time; the rest is on disk");
            }
            if let Some(clickhouse) = self.clickhouse {
                spawn_blocking(move || clickhouse.stop(STOP_CLICKHOUSE)).await?;
            }
            tracing::info!("stopped");
            Ok(())
        })
    }
}

/// Lets detection look for silence, and notes what it remembers: a restart forgets no more than the last moments.
async fn note_now_and_then(journal: Arc<Journal>, detector: Arc<Mutex<Detector>>) {
    let mut interval = tokio::time::interval(NOTE_DETECTION);
    // The first tick comes at once.
    interval.tick().await;
    let mut noted = 0;
    loop {
        interval.tick().await;
        let observed = {
            let mut detector = detector.lock().unwrap_or_else(PoisonError::into_inner);
            // Prometheus makes alerts of the metrics.
            detector.look(Timestamp::now(), |_| {});
            detector.observed()
        };
        if observed == noted {
            continue;
        }
        noted = observed;
        let (journal, detector) = (Arc::clone(&journal), Arc::clone(&detector));
        let _ = spawn_blocking(move || observer::note(&journal, &detector)).await;
    }
}

/// As many connections as there may be files open, less those that the collector needs itself: the journal must
/// be able to open its next segment whoever is connected.
fn affordable(connections: usize) -> usize {
    let mut files = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: files.maximum, maximum: files.maximum };
    if setrlimit(Resource::Nofile, raised).is_ok() {
        files = raised;
    }
    let Some(most) = files.current else { return connections };
    let most =
        usize::try_from(most.saturating_sub(limits::FILES_RESERVED)).unwrap_or(usize::MAX).max(1);
    if connections > most {
        tracing::warn!(
            "limits.connections is {connections}, but so few files may be open that {most} is all there can be; \
             raise the limit of open files (LimitNOFILE, ulimit -n)"
        );
    }
    connections.min(most)
}

/// Waits for SIGTERM or SIGINT; reloads on SIGHUP, renews certificates, and keeps the books of the quotas.
async fn until_stopped(
    mut signals: Signals,
    collector: &Collector,
    tls: Option<&Tls>,
    reload: impl Fn(),
) {
    let mut house_keeping = tokio::time::interval(HOUSE_KEEPING);
    loop {
        tokio::select! {
            () = signals.ending.wait() => return,
            _ = signals.hangup.recv() => {
                reload();
                tls.into_iter().for_each(renew);
            }
            _ = house_keeping.tick() => {
                collector.retain_recent_clients();
                tls.into_iter().filter(|tls| tls.has_changed()).for_each(renew);
            }
        }
    }
}

/// Takes sites, noise rules, quotas and proxies from the file again. A wrong file changes nothing.
fn reload(
    collector: &Collector,
    guidance: &Arc<Guidance>,
    args: &ServeArgs,
    environment: &Environment,
) {
    match args.config.load(environment) {
        Ok(config) => {
            collector.set_policy(Policy::new(&config, Arc::clone(guidance)));
            tracing::info!(
                "sites, noise rules, quotas and trusted proxies reloaded; the rest needs a restart"
            );
        }
        Err(Failure::Config(error)) => {
            for problem in error.0 {
                tracing::error!(%problem, "the new configuration is refused; the old one stays");
            }
        }
        Err(Failure::Usage(error) | Failure::Other(error)) => {
            tracing::error!(%error, "the new configuration is refused; the old one stays");
        }
    }
}

fn renew(tls: &Tls) {
    match tls.renew() {
        Ok(()) => tracing::info!("certificate and key read again"),
        Err(error) => tracing::error!(%error, "the old certificate stays"),
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

/// Starts the embedded ClickHouse, if it is configured. A missing engine stops the start: it would never
/// appear by itself.
fn start_clickhouse(
    config: &Config,
    environment: &Environment,
) -> Result<Option<Supervisor>, Failure> {
    let Server::Embedded { dir, http, tcp } = &config.clickhouse.server else { return Ok(None) };
    environment.engine()?;
    let supervisor = Supervisor::start(SupervisorOptions {
        exe: std::env::current_exe()?,
        data: dir.clone(),
        http: *http,
        tcp: *tcp,
        config_file: None,
        log_file: dir.with_extension("log"),
        backoff: Backoff::default(),
    })?;
    Ok(Some(supervisor))
}

/// The configured secret of the client hash, or the one beside the journal. Any content will do; its hash
/// is the key.
fn start_logging(args: &ServeArgs) -> Result<(), Failure> {
    let filter = tracing_subscriber::EnvFilter::try_new(&args.log)
        .map_err(|error| format!("--log {}: {error}", args.log))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match args.log_format {
        LogFormat::Human => builder.with_ansi(false).init(),
        LogFormat::Json => builder.json().init(),
    }
    Ok(())
}
