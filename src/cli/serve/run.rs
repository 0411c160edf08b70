//! The third part of `cspwatch serve`: starts everything, waits for a signal, and stops everything in the order in which
//! nothing is lost: connections, the sink, the journal, then ClickHouse.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet, spawn_blocking};

use super::super::Failure;
use super::super::ending::Ending;
use super::connect::Service;
use super::files::connections_within_limit;
use super::reload::Reload;
use super::runtimes::Runtimes;
use super::watch::{keep_sending, watch_journal, watch_task};
use crate::accept::Bound;
use crate::base::clock::Timestamp;
use crate::base::limits;
use crate::base::lock::Mutex;
use crate::cli::logging;
use crate::detect::Detector;
use crate::journal::Journal;
use crate::metrics::Metrics;
use crate::observer;
use crate::peers::{ExchangeMemory, JournalCopies, compare_clocks};
use crate::sink::Sink;
use crate::store::supervisor::Supervisor;
use crate::telemetry::SpanSender;

/// How long requests in flight get after SIGTERM.
const DRAIN_REQUESTS: Duration = Duration::from_secs(10);
/// How long ClickHouse gets to take what is sealed then.
const DRAIN_SEGMENTS: Duration = Duration::from_secs(15);
/// How long the embedded ClickHouse gets to end.
const STOP_CLICKHOUSE: Duration = Duration::from_secs(10);
/// How often detection checks for silence and saves what it remembers.
const SAVE_DETECTION: Duration = Duration::from_secs(10);
/// How often the quotas of inactive clients are dropped and the certificate's files are checked.
const HOUSE_KEEPING: Duration = Duration::from_secs(60);

/// The signals that control the collector.
pub(super) struct Signals {
    ending: Ending,
    hangup: Signal,
}

impl Signals {
    /// Listens from now on; until then, SIGHUP would end the process.
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self { ending: Ending::listen()?, hangup: signal(SignalKind::hangup())? })
    }
}

impl Service {
    /// Runs until SIGTERM or SIGINT.
    pub(super) fn run(
        self,
        signals: Signals,
        runtimes: &Runtimes,
        reload: &Reload<'_>,
    ) -> Result<(), Failure> {
        self.back.sink.begin();
        let (stop, stopped) = watch::channel(false);
        let accepting = accept_connections(
            self.front.public,
            self.front.admin,
            self.connections,
            runtimes,
            &stopped,
        );
        let (stop_sink, sink_stopped) = watch::channel(false);
        let readiness = &self.back.sink.readiness;
        runtimes.main.spawn(watch_journal(Arc::clone(&self.journal), Arc::clone(readiness)));
        let sending =
            runtimes.background.spawn(keep_sending(Arc::clone(&self.back.sink), sink_stopped));
        let memory = Arc::new(Memory {
            journal: Arc::clone(&self.journal),
            detector: Arc::clone(&self.detector),
            exchange: self.back.peers.memory(),
        });
        let sharing = runtimes.background.spawn(self.back.peers.run(stopped.clone()));
        runtimes.main.spawn(watch_task("peers", sharing, Arc::clone(readiness)));
        let comparing = compare_clocks(
            self.back.sink.inserter.client.clone(),
            Arc::clone(&self.back.sink.metrics.about),
            stopped.clone(),
        );
        runtimes.main.spawn(comparing);
        let copies = JournalCopies {
            client: self.back.sink.inserter.client.clone(),
            journal: Arc::clone(&self.journal),
            about: Arc::clone(&self.back.sink.metrics.about),
        };
        runtimes.main.spawn(copies.watch(stopped.clone()));
        if self.back.sink.migrate {
            runtimes.background.spawn(self.back.filling.keep(stopped));
        }
        let saving = runtimes.background.spawn(save_now_and_then(Arc::clone(&memory)));
        let running = Running {
            stop,
            accepting,
            stop_sink,
            sending,
            saving,
            sink: self.back.sink,
            memory,
            clickhouse: self.back.clickhouse,
            spans: self.back.spans,
        };
        runtimes.main.block_on(async {
            until_stopped(signals, reload, &running.sink.metrics).await;
            running.stop().await
        })
    }
}

/// Lets every listener accept connections, on the threads that it is for.
fn accept_connections(
    public: Vec<Bound>,
    admin: Bound,
    connections: usize,
    runtimes: &Runtimes,
    stopped: &watch::Receiver<bool>,
) -> JoinSet<()> {
    let mut accepting = JoinSet::new();
    // Every listener holds one permit while it waits for a connection.
    let permits = connections_within_limit(connections) + public.len();
    let permits = Arc::new(Semaphore::new(permits));
    for listener in public {
        let serving = listener.serve(Arc::clone(&permits), stopped.clone());
        accepting.spawn_on(serving, runtimes.public.handle());
    }
    // A pool of its own: a flood on the public listeners must not keep Prometheus out.
    let permits =
        Arc::new(Semaphore::new(limits::ADMIN_CONNECTIONS + limits::ADMIN_CONNECTIONS_ENDING));
    accepting.spawn_on(admin.serve(permits, stopped.clone()), runtimes.main.handle());
    accepting
}

/// What was started, and how each part is stopped.
struct Running {
    stop: watch::Sender<bool>,
    accepting: JoinSet<()>,
    stop_sink: watch::Sender<bool>,
    sending: JoinHandle<()>,
    saving: JoinHandle<()>,
    sink: Arc<Sink>,
    memory: Arc<Memory>,
    clickhouse: Option<Supervisor>,
    spans: SpanSender,
}

impl Running {
    async fn stop(mut self) -> Result<(), Failure> {
        tracing::info!("stopping: no new connections");
        let _ = self.stop.send(true);
        let drained = tokio::time::timeout(DRAIN_REQUESTS, async {
            while self.accepting.join_next().await.is_some() {}
        });
        if drained.await.is_err() {
            tracing::warn!(id = "stop-cut-requests", "some requests did not end in time");
        }
        let _ = self.stop_sink.send(true);
        self.sending.await?;
        self.saving.abort();
        let memory = self.memory;
        spawn_blocking(move || {
            memory.journal.close();
            memory.save();
        })
        .await?;
        if tokio::time::timeout(DRAIN_SEGMENTS, self.sink.drain()).await.is_err() {
            tracing::warn!(
                id = "stop-left-segments",
                "ClickHouse did not take everything in time; the rest is on disk"
            );
        }
        if let Some(clickhouse) = self.clickhouse {
            spawn_blocking(move || clickhouse.stop(STOP_CLICKHOUSE)).await?;
        }
        self.spans.stop().await;
        tracing::info!("stopped");
        Ok(())
    }
}

/// Waits for SIGTERM or SIGINT. Meanwhile reloads on SIGHUP, and does the house-keeping.
async fn until_stopped(mut signals: Signals, reload: &Reload<'_>, metrics: &Metrics) {
    let mut house_keeping = tokio::time::interval(HOUSE_KEEPING);
    loop {
        tokio::select! {
            () = signals.ending.wait() => return,
            _ = signals.hangup.recv() => {
                reload.configuration();
                reload.certificate();
            }
            _ = house_keeping.tick() => {
                metrics.log_lines_left_out.inc_by(logging::limiter().write_left_out());
                reload.collector.retain_recent_clients();
                reload.changed_certificate();
            }
        }
    }
}

/// What a restart goes on with.
struct Memory {
    journal: Arc<Journal>,
    detector: Arc<Mutex<Detector>>,
    exchange: ExchangeMemory,
}

impl Memory {
    fn save(&self) {
        // Taken first: what is known of other collectors' batches must be in the detector's memory.
        let exchange = self.exchange.encode();
        observer::save_memory(&self.journal, &self.detector);
        if let Err(error) = self.journal.set_exchange(&exchange) {
            tracing::warn!(id = "exchange-not-saved", %error, "the file `exchange` beside the journal cannot be written");
        }
    }
}

/// Lets detection check for silence, and saves what it remembers, so that a restart forgets only the last moments.
async fn save_now_and_then(memory: Arc<Memory>) {
    let mut interval = tokio::time::interval(SAVE_DETECTION);
    // The first tick comes at once.
    interval.tick().await;
    let mut saved = 0;
    loop {
        interval.tick().await;
        let observed = {
            let mut detector = memory.detector.lock();
            // Prometheus raises alerts from the metrics.
            detector.check_silence(Timestamp::now(), |_| {});
            detector.observed()
        };
        if observed == saved {
            continue;
        }
        saved = observed;
        let memory = Arc::clone(&memory);
        let _ = spawn_blocking(move || memory.save()).await;
    }
}
