//! The sink: sealed segments to ClickHouse, oldest first, each as one INSERT per table under the
//! segment's token, repeated until it is stored. Repeating is safe: the bytes, the order and the token
//! are the same every time, so ClickHouse drops what it has already.

mod backoff;
mod rows;

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clickhouse::Client;
use tokio::sync::watch;
use tokio::task::spawn_blocking;

use crate::accept::Readiness;
use crate::journal::{Journal, Sealed};
use crate::metrics::{Metrics, SinkResult};
use crate::store::error::{Class, InsertError};
use crate::store::insert::insert_batch;
use crate::store::rows::{LIMITED, LimitedRow, REPORTS, ReportRow, SIGHTINGS, SightingRow};
use crate::store::schema::{MigrateError, migrate};
use backoff::Backoff;
use rows::SegmentRows;

/// The part of the process that readiness reasons of the sink are about.
const PART: &str = "clickhouse";

/// Sends segments.
pub struct Sink {
    /// Where they come from.
    pub journal: Arc<Journal>,
    /// Where they go.
    pub client: Client,
    /// The database there.
    pub database: String,
    /// Whether missing tables are made.
    pub migrate: bool,
    /// How long ClickHouse may take to store a segment, and to make the tables.
    pub timeout: Duration,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Who is told when ClickHouse does not take them.
    pub readiness: Arc<Readiness>,
}

/// What the attempts so far have shown.
#[derive(Debug, Default)]
struct Attempts {
    is_migrated: bool,
    backoff: Backoff,
}

/// Why a segment was not sent.
#[derive(Debug, thiserror::Error)]
enum SendError {
    #[error("ClickHouse: {0}")]
    Insert(#[from] InsertError),
    #[error("{0}")]
    Migrate(#[from] MigrateError),
    #[error("the journal: {0}")]
    Journal(#[from] io::Error),
}

impl Sink {
    /// States that ClickHouse was not reached yet. To be called before anybody can ask.
    pub fn begin(&self) {
        self.readiness.set(PART, "not reached yet".to_owned());
    }

    /// Sends what is sealed until `stop` changes; what is pending then is left to [`Self::drain`].
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        let mut attempts = Attempts::default();
        loop {
            let pause = match self.send_pending(&mut attempts).await {
                Ok(()) => {
                    self.succeeded(&mut attempts);
                    None
                }
                Err(error) => {
                    // Somebody may be mending the tables; look at them again before the next attempt.
                    attempts.is_migrated = false;
                    let pause = attempts.backoff.next();
                    tracing::warn!(%error, ?pause, "reports stay on disk until ClickHouse takes them");
                    self.readiness.set(PART, format!("{error}; reports are kept on disk"));
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
                _ = stop.changed() => return,
            }
        }
    }

    /// Sends what is pending once, without waiting for what fails.
    pub async fn drain(&self) {
        if let Err(error) = self.send_pending(&mut Attempts::default()).await {
            let segments = self.journal.pending().len();
            tracing::warn!(%error, segments, "left on disk for the next start");
        }
    }

    async fn send_pending(&self, attempts: &mut Attempts) -> Result<(), SendError> {
        if self.migrate && !attempts.is_migrated {
            let migrating = migrate(&self.client, &self.database);
            tokio::time::timeout(self.timeout, migrating)
                .await
                .map_err(|_| InsertError::timed_out("make the tables"))??;
        }
        attempts.is_migrated = true;
        for sealed in self.journal.pending() {
            self.send_segment(sealed).await?;
            // Each one counts: with a backlog the end of the list may be far away.
            self.succeeded(attempts);
        }
        Ok(())
    }

    fn succeeded(&self, attempts: &mut Attempts) {
        self.readiness.clear(PART);
        attempts.backoff = Backoff::default();
    }

    async fn send_segment(&self, sealed: Sealed) -> Result<(), SendError> {
        let number = sealed.id.number;
        let Some(bytes) = self.load(number, move |journal| journal.read(number)).await? else {
            return self.give_up(number).await;
        };
        if let Some(rows) = SegmentRows::read(&bytes) {
            return self.send_rows(number, &rows).await;
        }
        // Damaged since it was sealed: it is written anew without the damage.
        let mended = move |journal: &Journal| {
            journal.mend(number)?;
            journal.read(number)
        };
        let Some(bytes) = self.load(number, mended).await? else {
            return self.give_up(number).await;
        };
        match SegmentRows::read(&bytes) {
            Some(rows) => self.send_rows(number, &rows).await,
            None => {
                tracing::error!(segment = number, "nothing of this segment can be read; set aside");
                self.quarantine(number, 0).await
            }
        }
    }

    /// The bytes of a segment; `None` when its file is gone: nobody can send it any more, and the younger
    /// ones must not wait for it.
    async fn load(
        &self,
        number: u64,
        read: impl FnOnce(&Journal) -> io::Result<Vec<u8>> + Send + 'static,
    ) -> io::Result<Option<Vec<u8>>> {
        let journal = Arc::clone(&self.journal);
        match blocking(move || read(&journal)).await {
            Err(_) if self.journal.is_gone(number) => Ok(None),
            read => read.map(Some),
        }
    }

    async fn send_rows(&self, number: u64, rows: &SegmentRows<'_>) -> Result<(), SendError> {
        let started = Instant::now();
        let inserted = tokio::time::timeout(self.timeout, self.insert(rows)).await;
        match inserted.unwrap_or_else(|_| Err(InsertError::timed_out("store a segment"))) {
            Ok(stored) => {
                self.metrics.sink_insert_duration.observe(started.elapsed().as_secs_f64());
                self.metrics.count_rows(SinkResult::Stored, stored);
                self.forget(number).await
            }
            Err(error) if error.class == Class::Poison => {
                tracing::error!(segment = number, %error, "ClickHouse refuses this segment; set aside");
                self.quarantine(number, rows.len()).await
            }
            Err(error) => {
                self.metrics.count_rows(SinkResult::Retried, rows.len());
                Err(error.into())
            }
        }
    }

    /// One INSERT per table, all under the token of the segment.
    async fn insert(&self, rows: &SegmentRows<'_>) -> Result<u64, InsertError> {
        let (client, token) = (&self.client, rows.batch_id());
        let sightings = rows.sightings();
        let mut stored =
            insert_batch::<SightingRow<'_>>(client, SIGHTINGS, token, sightings).await?;
        stored += insert_batch::<LimitedRow<'_>>(client, LIMITED, token, rows.limited()).await?;
        // Last, so that whoever sees a report finds its sightings.
        stored += insert_batch::<ReportRow<'_>>(client, REPORTS, token, rows.reports()).await?;
        Ok(stored)
    }

    async fn forget(&self, number: u64) -> Result<(), SendError> {
        let journal = Arc::clone(&self.journal);
        Ok(blocking(move || journal.forget(number)).await?)
    }

    /// Goes on without a segment whose file somebody removed.
    async fn give_up(&self, number: u64) -> Result<(), SendError> {
        tracing::error!(segment = number, "this segment was removed; what it held is lost");
        self.metrics.journal_errors.inc();
        self.forget(number).await
    }

    async fn quarantine(&self, number: u64, rows: u64) -> Result<(), SendError> {
        self.metrics.count_rows(SinkResult::Quarantined, rows);
        let journal = Arc::clone(&self.journal);
        Ok(blocking(move || journal.quarantine(number)).await?)
    }
}

/// Runs disk work on a thread where it may block.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    spawn_blocking(work).await.map_err(io::Error::other)?
}
