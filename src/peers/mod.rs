//! Shares what the collectors of one ClickHouse know. Every few seconds each collector reads the newest decisions and
//! approvals and the sightings of the others, and stores its own alerts and the hours in which it worked. So two customers
//! whose reports reach two collectors are two witnesses to both, and a destination that is approved once is approved
//! everywhere.
//!
//! Without ClickHouse each collector goes on with what it knows: the file `decisions` beside the journal has the decisions,
//! the detector's memory has the sightings. Threat lists are read here too, because a new list is compared with all
//! destinations that ClickHouse remembers.

mod activity;
mod clock;
mod copies;
mod decisions;
mod known;
mod observe;
mod sightings;
mod slow_news;
mod threats;

use std::sync::Arc;
use std::time::{Duration, Instant};

use clickhouse::Client;
use tokio::sync::watch;
use tokio::task::block_in_place;

use crate::base::clock::Timestamp;
use crate::base::limits;
use crate::base::lock::Mutex;
use crate::decisions::{LiveDecisions, ThreatFiles};
use crate::detect::Detector;
use crate::journal::Journal;
use crate::metrics::Metrics;
use crate::pipeline::Rules;
use crate::store::error::InsertError;
use crate::store::{alerts, collectors};
use activity::CollectorActivity;
pub use clock::compare_clocks;
pub use copies::JournalCopies;
use decisions::KnownDecisions;
pub use known::ExchangeMemory;
use sightings::PeerSightings;
use slow_news::SlowNews;

/// The pause between two rounds, of few collectors and at most.
const ROUND_EVERY: Duration = Duration::from_secs(2);
const ROUND_EVERY_MAX: Duration = Duration::from_secs(8);
/// What each collector adds to the pause, so that many ask ClickHouse no more often than a dozen do.
const PAUSE_FOR_EACH: Duration = Duration::from_millis(150);
/// How long ClickHouse may take to answer all questions of a round.
const ROUND_TIMEOUT: Duration = Duration::from_secs(30);

/// What is shared, and with which ClickHouse.
pub struct Peers {
    /// Connects to the ClickHouse that all collectors share.
    pub client: Client,
    /// Has this collector's id, and keeps the file `decisions`.
    pub journal: Arc<Journal>,
    /// Takes the decisions and threat lists that come in.
    pub live_decisions: Arc<LiveDecisions>,
    /// Takes sightings of other collectors; its alerts go to ClickHouse.
    pub detector: Arc<Mutex<Detector>>,
    /// Shows whether the exchange succeeds.
    pub metrics: Arc<Metrics>,
    /// Returns the rules by which this collector judges now: reloading the configuration replaces them.
    pub rules: Box<dyn Fn() -> Arc<Rules> + Send + Sync>,
}

/// The peers and what they shared so far, ready to run.
pub struct PeerSync {
    peers: Peers,
    state: SyncState,
}

/// What was shared so far.
struct SyncState {
    decisions: KnownDecisions,
    slow_news: SlowNews,
    sightings: PeerSightings,
    threat_files: ThreatFiles,
    /// A threat list is new: the destinations that ClickHouse remembers are to be compared with all lists.
    is_history_due: bool,
    activity: CollectorActivity,
    /// The last round failed, and the log says so.
    is_failing: bool,
    began: Instant,
}

impl Peers {
    /// Puts in force what was decided when the process ended last, and reads the threat lists. Call this before the first
    /// report is judged. `is_new`: this collector has no memory yet of what others saw.
    pub fn begin(self, mut threat_files: ThreatFiles, is_new: bool) -> PeerSync {
        self.restore_decisions();
        let memory = ExchangeMemory::default();
        if let (false, Ok(Some(bytes))) = (is_new, self.journal.exchange()) {
            memory.restore(&bytes);
        }
        self.read_threat_lists(&mut threat_files);
        let now = Timestamp::now();
        self.apply_decisions(now);
        let state = SyncState {
            decisions: KnownDecisions::default(),
            slow_news: SlowNews::default(),
            sightings: PeerSightings::new(memory, is_new),
            threat_files,
            is_history_due: true,
            activity: CollectorActivity::new(now),
            is_failing: false,
            began: Instant::now(),
        };
        PeerSync { peers: self, state }
    }

    /// One round: what people decided comes in, what this collector knows goes out, and then comes in what others saw, which may
    /// be much.
    async fn share(&self, state: &mut SyncState) -> Result<(), InsertError> {
        let (rules, now) = ((self.rules)(), Timestamp::now());
        let news = self.ask_news(&mut state.sightings).await?;
        self.read_decisions(&mut state.decisions, news.decisions).await?;
        self.read_approvals(&mut state.decisions, news.script_decisions).await?;
        self.store_alerts().await?;
        self.read_slow_news(&mut state.slow_news).await?;
        self.note_activity(&mut state.activity, &rules.digest).await?;
        self.read_sightings(&mut state.sightings, news, &rules.judging.sites, now).await?;
        if state.is_history_due {
            self.match_history(&rules.judging.sites).await?;
            state.is_history_due = false;
        }
        Ok(())
    }

    /// Stores the alerts that ClickHouse does not have. When the process dies before, the journal's reports raise them again.
    async fn store_alerts(&self) -> Result<(), InsertError> {
        let (unstored, below) = self.detector.lock().unstored_alerts();
        if !unstored.is_empty() {
            alerts::store(&self.client, self.journal.collector(), &unstored).await?;
            self.detector.lock().set_alerts_stored(below);
        }
        Ok(())
    }

    /// Notes that this collector works, also for the time in which ClickHouse did not answer. `rules`: their digest.
    async fn note_activity(
        &self,
        activity: &mut CollectorActivity,
        rules: &str,
    ) -> Result<(), InsertError> {
        let Some(since) = activity.due_since() else { return Ok(()) };
        let (collector, until) = (self.journal.collector(), Timestamp::now());
        collectors::note(&self.client, collectors::WorkingTime { collector, rules, since, until })
            .await?;
        activity.set_noted(until);
        Ok(())
    }
}

impl PeerSync {
    /// Which batches of others are known, to be saved.
    pub fn memory(&self) -> ExchangeMemory {
        self.state.sightings.memory.clone()
    }

    /// Runs one round after the other until `stop` becomes true.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut pause = Duration::ZERO;
        loop {
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
            pause = self.state.pause();
            let Self { peers, state } = &mut self;
            if state.threat_files.have_changed() {
                // A long list takes a while, and this thread has segments to send.
                let are_read = block_in_place(|| peers.read_threat_lists(&mut state.threat_files));
                state.is_history_due |= are_read;
            }
            let round = tokio::time::timeout(ROUND_TIMEOUT, peers.share(state));
            let shared = tokio::select! {
                shared = round => shared.unwrap_or_else(|_| Err(InsertError::timed_out("share what collectors know"))),
                _ = stop.wait_for(|stop| *stop) => return,
            };
            let now = Timestamp::now();
            peers.metrics.about.note_exchange(shared.is_ok(), now);
            peers.apply_decisions(now);
            state.log(shared);
        }
    }
}

impl SyncState {
    fn pause(&self) -> Duration {
        let others = self.sightings.memory.0.lock().collectors();
        let of_all = PAUSE_FOR_EACH * u32::try_from(others).unwrap_or(u32::MAX);
        of_all.clamp(ROUND_EVERY, ROUND_EVERY_MAX)
    }

    /// Logs the first of several failures only: the sink logs that ClickHouse is away, too, and repeats it.
    fn log(&mut self, shared: Result<(), InsertError>) {
        if let Err(error) = &shared
            && self.began.elapsed() < limits::CLICKHOUSE_START
        {
            tracing::debug!(%error, "ClickHouse is not ready yet");
            return;
        }
        if let Err(error) = &shared
            && !self.is_failing
        {
            tracing::warn!(id = "exchange-failing", %error, "decisions and sightings of other collectors stay unknown until ClickHouse answers");
        }
        self.is_failing = shared.is_err();
    }
}
