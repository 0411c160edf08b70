//! The sink: sealed segments to ClickHouse, oldest first, each as one INSERT per table under the
//! segment's token, repeated until it is stored. Repeating is safe: the bytes, the order and the token
//! are the same every time, so ClickHouse drops what it has already.
//!
//! As long as all goes well a few segments are on their way at the same time; after a failure the oldest
//! goes alone, after a pause, until it gets through.

mod attempts;
mod insert;
mod pace;
pub mod resend;
mod rows;
mod segment;
mod silence;
mod spans;

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::base::limits;
use crate::base::readiness::Readiness;
use crate::config::Retention;
use crate::journal::{Journal, SegmentFile};
use crate::metrics::Metrics;
use crate::store::disks;
use crate::store::error::{Class, InsertError};
use crate::store::schema::{MigrateError, Placement, apply_retention, migrate};
use crate::telemetry::Tracer;
use attempts::SendAttempts;
pub use insert::Inserter;
use pace::Pace;

/// The part of the process that readiness reasons of the sink are about.
const PART: &str = "clickhouse";

/// How often ClickHouse is asked how much disk is free.
const LOOK_AT_DISK_EVERY: Duration = Duration::from_secs(10);

/// Sends segments.
pub struct Sink {
    /// Where they come from.
    pub journal: Arc<Journal>,
    /// Where they go.
    pub inserter: Inserter,
    /// The tables there.
    pub placement: Placement,
    /// How long rows are kept there.
    pub retention: Retention,
    /// Whether missing tables are created and the retention is applied.
    pub migrate: bool,
    /// Where results are counted.
    pub metrics: Arc<Metrics>,
    /// Shows when ClickHouse does not accept segments.
    pub readiness: Arc<Readiness>,
    /// Records what is sent.
    pub tracer: Tracer,
}

/// Why a segment was not sent.
#[derive(Debug, thiserror::Error)]
enum SendError {
    #[error("ClickHouse: {0}")]
    Insert(#[from] InsertError),
    #[error("{0}")]
    Migrate(#[from] MigrateError),
    #[error(
        "ClickHouse's disk is full: {free} bytes are free, and {} stay free for its merges",
        limits::CLICKHOUSE_FREE_BYTES
    )]
    DiskFull { free: u64 },
    #[error("the journal: {0}")]
    Journal(#[from] io::Error),
    #[error("the collector is stopping")]
    Stopping,
}

impl SendError {
    /// Whether ClickHouse fails so while it starts.
    fn may_be_a_start(&self) -> bool {
        match self {
            Self::Insert(error) => error.class == Class::Retry,
            Self::Migrate(error) => matches!(error, MigrateError::Unreachable { .. }),
            _ => false,
        }
    }
}

/// What to do with a segment after an attempt.
#[derive(Clone, Copy, Debug)]
enum SegmentFate {
    /// Forget it: everything is stored, or its file was removed.
    Forget,
    /// Put it into quarantine: ClickHouse rejected some of it.
    Quarantine,
    /// Set it aside: it is unreadable.
    SetAside,
}

impl Sink {
    /// Sets the readiness to "not reached yet". Call it before the listeners start.
    pub fn begin(&self) {
        self.readiness.set(PART, "not reached yet".to_owned());
    }

    /// States why segments do not get through.
    fn hold(&self, reason: &str) {
        self.readiness.set(PART, format!("{reason}; reports are kept on disk"));
        self.metrics.sink_delivering.set(0);
    }

    /// States that segments get through.
    fn deliver(&self) {
        self.readiness.clear(PART);
        self.metrics.sink_delivering.set(1);
    }

    /// Sends what is sealed until `stop` becomes true; what is pending then is left to [`Self::drain`].
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        let mut attempts = SendAttempts::new();
        let (began, mut is_working) = (Instant::now(), false);
        loop {
            let pause = match self.send_watched(&mut attempts, &stop).await {
                Ok(()) => {
                    self.succeeded(&mut attempts);
                    if !is_working {
                        tracing::info!("ready: reports reach ClickHouse");
                    }
                    is_working = true;
                    None
                }
                Err(SendError::Stopping) => return,
                Err(error) => {
                    self.note_failure(&error, &mut attempts);
                    let pause = attempts.backoff.next_pause();
                    is_working = false;
                    if error.may_be_a_start() && began.elapsed() < limits::CLICKHOUSE_START {
                        tracing::info!(%error, "ClickHouse does not answer yet; reports wait on disk");
                    } else {
                        tracing::warn!(id = "reports-kept-on-disk", %error, ?pause, "reports stay on disk until ClickHouse takes them");
                    }
                    self.hold(&error.to_string());
                    Some(pause)
                }
            };
            let wait = async {
                match pause {
                    Some(pause) => tokio::time::sleep(pause).await,
                    None => self.journal.sealed().await,
                }
            };
            tokio::select! {
                () = wait => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
        }
    }

    /// Decides what the next attempt does otherwise than this one.
    fn note_failure(&self, error: &SendError, attempts: &mut SendAttempts) {
        attempts.is_failing = true;
        let SendError::Insert(error) = error else { return };
        match error.class {
            // Somebody may be repairing the tables: they are looked at again before the next attempt. What may pass by itself
            // says nothing about them.
            Class::Hold | Class::Poison => attempts.is_migrated = false,
            // It answers and cannot, as a replica that has lost Keeper: another one may.
            Class::Retry if error.code.is_some() => self.inserter.servers.leave(),
            Class::Retry => {}
        }
    }

    /// Sends what is pending once, and gives up at the first failure.
    pub async fn drain(&self) {
        let (_never, stop) = watch::channel(false);
        if let Err(error) = self.send_pending(&mut SendAttempts::last(), &stop).await {
            let segments = self.journal.pending().len();
            tracing::warn!(id = "stop-left-segments", %error, segments, "left on disk for the next start");
        }
    }

    async fn send_pending(
        &self,
        attempts: &mut SendAttempts,
        stop: &watch::Receiver<bool>,
    ) -> Result<(), SendError> {
        if self.migrate && !attempts.is_migrated {
            let (client, placement) = (&self.inserter.client, &self.placement);
            let migrating = async {
                migrate(client, placement).await?;
                apply_retention(client, placement, &self.retention).await
            };
            let migrated = timeout(self.inserter.timeout, migrating);
            let migrated = unless_stopped(stop, migrated).await?;
            migrated.map_err(|_| InsertError::timed_out("make the tables"))??;
        }
        attempts.is_migrated = true;
        unless_stopped(stop, self.check_disk(attempts)).await??;
        let mut pending = self.journal.pending();
        while !pending.is_empty() {
            attempts.forget_others(&pending);
            let pace = if pending.len() == 1 { Pace::Leisurely } else { Pace::Hurried };
            let together: Vec<SegmentFile> = pending.drain(..attempts.flight(&pending)).collect();
            let to_send = together.iter().map(|sealed| attempts.next(*sealed, pace));
            let to_send: Vec<_> = to_send.collect();
            let sending = to_send.into_iter().map(|to_send| self.send_segment(to_send, stop));
            let fates = join_all(sending).await;
            self.finish(&together, fates).await?;
            // Each one counts: with a backlog the end of the list may be far away.
            self.succeeded(attempts);
        }
        Ok(())
    }

    /// Looks now and then whether ClickHouse's disk has room for more.
    async fn check_disk(&self, attempts: &mut SendAttempts) -> Result<(), SendError> {
        if attempts.had_room.is_some_and(|at| at.elapsed() < LOOK_AT_DISK_EVERY) {
            return Ok(());
        }
        attempts.had_room = None;
        let database = self.placement.local();
        let asking = disks::free_bytes(&self.inserter.client, &database);
        let free = timeout(self.inserter.timeout, asking).await;
        let free = free.map_err(|_| InsertError::timed_out("say how much disk is free"))??;
        self.metrics.about.note_clickhouse_disk(free);
        match free {
            Some(free) if free < limits::CLICKHOUSE_FREE_BYTES => Err(SendError::DiskFull { free }),
            _ => {
                attempts.had_room = Some(Instant::now());
                Ok(())
            }
        }
    }

    fn succeeded(&self, attempts: &mut SendAttempts) {
        self.deliver();
        attempts.is_failing = false;
        attempts.backoff.reset();
    }

    /// Forgets or puts away segments in their order, up to the first that was not sent.
    async fn finish(
        &self,
        segments: &[SegmentFile],
        fates: Vec<Result<SegmentFate, SendError>>,
    ) -> Result<(), SendError> {
        let mut sent = None;
        for (sealed, fate) in segments.iter().zip(fates) {
            let number = sealed.id.number;
            match fate {
                Ok(SegmentFate::Forget) => sent = Some(number),
                Ok(SegmentFate::Quarantine) => {
                    self.forget(sent.take()).await?;
                    self.on_disk(move |journal| journal.quarantine(number)).await?;
                }
                Ok(SegmentFate::SetAside) => {
                    self.forget(sent.take()).await?;
                    self.on_disk(move |journal| journal.set_aside(number)).await?;
                }
                Err(error) => {
                    self.forget(sent).await?;
                    return Err(error);
                }
            }
        }
        self.forget(sent).await
    }

    async fn forget(&self, up_to: Option<u64>) -> Result<(), SendError> {
        let Some(number) = up_to else { return Ok(()) };
        Ok(self.on_disk(move |journal| journal.forget(number)).await?)
    }

    /// Lets the journal work on a thread where it may block.
    async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Journal) -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let journal = Arc::clone(&self.journal);
        spawn_blocking(move || work(&journal)).await.map_err(io::Error::other)?
    }
}

/// The result of some work, unless the collector stops before it is done.
async fn unless_stopped<T>(
    stop: &watch::Receiver<bool>,
    work: impl Future<Output = T>,
) -> Result<T, SendError> {
    let mut stop = stop.clone();
    tokio::select! {
        done = work => Ok(done),
        _ = stop.wait_for(|stop| *stop) => Err(SendError::Stopping),
    }
}
