//! What the collectors of one ClickHouse tell each other: people's decisions, and what each of them saw and told. Every one
//! asks every two seconds, so two customers whose reports reached two collectors are two witnesses to both, and an approved
//! destination is approved everywhere. That it is at work is noted, too.
//!
//! Without ClickHouse each goes on with what it knows: decisions are kept beside the journal, sightings in the
//! detector's memory. Threat lists are looked after here too, because their news is compared with what ClickHouse
//! remembers.

mod sightings;

use std::sync::{Arc, MutexGuard};
use std::time::{Duration, Instant};

use clickhouse::Client;
use tokio::sync::watch;
use tokio::task::{block_in_place, spawn_blocking};

use crate::accept::Collector;
use crate::base::clock::Timestamp;
use crate::base::lock::Mutex;
use crate::decisions::{Decisions, LiveDecisions, ThreatFiles};
use crate::detect::{Detector, PastDestination};
use crate::journal::Journal;
use crate::store::collectors::AtWork;
use crate::store::error::InsertError;
use crate::store::{alerts, collectors, decisions, destinations, scripts};
use sightings::Merged;

/// How often ClickHouse is asked.
const EVERY: Duration = Duration::from_secs(2);
/// How often it is noted that the collector is at work. An hour counts where it was once.
const NOTE_EVERY: Duration = Duration::from_secs(300);
/// How long it may take to answer.
const ANSWER: Duration = Duration::from_secs(30);
/// More than lies between two looks at what holds.
const LATELY_MILLIS: i64 = 120_000;

/// Asks.
pub struct Exchange {
    /// ClickHouse.
    pub client: Client,
    /// Whose files are beside its segments.
    pub journal: Arc<Journal>,
    /// Who judges by what is learnt.
    pub live_decisions: Arc<LiveDecisions>,
    /// Who remembers what is learnt.
    pub detector: Arc<Mutex<Detector>>,
    /// Whose configuration counts.
    pub collector: Arc<Collector>,
}

/// It, ready to ask.
pub struct Begun {
    exchange: Exchange,
    learnt: Learnt,
}

/// What was learnt so far.
struct Learnt {
    /// Rows of the table `decisions`.
    decisions: Option<u64>,
    /// Rows of the table `script_decisions`.
    script_decisions: Option<u64>,
    merged: Merged,
    files: ThreatFiles,
    /// Until when it is noted that this collector works, and since when that is so.
    noted: (Timestamp, Option<Instant>),
    /// Destinations of the past are to be compared with the lists.
    is_history_due: bool,
    is_failing: bool,
}

impl Begun {
    /// Asks until `stop` becomes true.
    pub async fn run(mut self, stop: watch::Receiver<bool>) {
        self.exchange.run(&mut self.learnt, stop).await;
    }
}

impl Exchange {
    /// Lets hold what was decided when the process ended last, and reads the lists. To be called before the first
    /// report is judged. `is_new`: nothing is remembered here of what others saw.
    pub fn begin(self, mut files: ThreatFiles, is_new: bool) -> Begun {
        match self.journal.decisions() {
            Ok(Some(bytes)) => self.live_decisions.set_decisions(Decisions::decode(&bytes)),
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(%error, "the file `decisions` beside the journal cannot be read")
            }
        }
        self.read_lists(&mut files);
        self.apply(Timestamp::now());
        let learnt = Learnt {
            decisions: None,
            script_decisions: None,
            merged: Merged::new(is_new),
            noted: (Timestamp::now(), None),
            is_history_due: true,
            is_failing: false,
            files,
        };
        Begun { exchange: self, learnt }
    }

    async fn run(&self, learnt: &mut Learnt, mut stop: watch::Receiver<bool>) {
        let mut interval = tokio::time::interval(EVERY);
        interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = interval.tick() => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
            if learnt.files.have_changed() {
                // A long list takes a while, and the thread has segments to send.
                let are_read = block_in_place(|| self.read_lists(&mut learnt.files));
                learnt.is_history_due |= are_read;
            }
            let asking = tokio::time::timeout(ANSWER, self.ask(learnt));
            let asked = tokio::select! {
                asked = asking => asked.unwrap_or_else(|_| Err(InsertError::timed_out("tell what others know"))),
                _ = stop.wait_for(|stop| *stop) => return,
            };
            self.apply(Timestamp::now());
            match asked {
                Ok(()) => learnt.is_failing = false,
                // The sink says it too, and again and again.
                Err(error) if !learnt.is_failing => {
                    tracing::warn!(%error, "decisions and what other collectors see are not known until ClickHouse answers");
                    learnt.is_failing = true;
                }
                Err(_) => {}
            }
        }
    }

    async fn ask(&self, learnt: &mut Learnt) -> Result<(), InsertError> {
        self.ask_decisions(&mut learnt.decisions).await?;
        self.ask_approvals(&mut learnt.script_decisions).await?;
        let (live_config, now) = (self.collector.live_config(), Timestamp::now());
        let sites = &live_config.rules.judging.sites;
        learnt
            .merged
            .ask(&self.client, self.journal.collector(), now, |sighting| {
                sightings::observe(
                    sighting,
                    sites,
                    &self.live_decisions,
                    &mut self.detector(),
                    now,
                );
            })
            .await?;
        if learnt.is_history_due {
            self.ask_history().await?;
            learnt.is_history_due = false;
        }
        self.store_alerts().await?;
        self.note_at_work(&mut learnt.noted, &live_config.rules_digest).await
    }

    /// Notes that this collector works, also for the time in which ClickHouse could not be told.
    async fn note_at_work(
        &self,
        (until, noted): &mut (Timestamp, Option<Instant>),
        rules: &str,
    ) -> Result<(), InsertError> {
        if noted.is_some_and(|noted| noted.elapsed() < NOTE_EVERY) {
            return Ok(());
        }
        let (since, now) = (*until, Timestamp::now());
        let collector = self.journal.collector();
        collectors::note(&self.client, AtWork { collector, rules, since, until: now }).await?;
        (*until, *noted) = (now, Some(Instant::now()));
        Ok(())
    }

    /// Lets hold what people approved about scripts, where there is news.
    async fn ask_approvals(&self, known: &mut Option<u64>) -> Result<(), InsertError> {
        let count = scripts::count(&self.client).await?;
        if *known != Some(count) {
            let approvals = scripts::approvals(&self.client).await?;
            self.detector().set_approvals(approvals);
            *known = Some(count);
        }
        Ok(())
    }

    /// Stores what was told since the last time. What is not stored when the process dies is told again by the reports of
    /// the journal.
    async fn store_alerts(&self) -> Result<(), InsertError> {
        let (told, below) = self.detector().unstored_alerts();
        if !told.is_empty() {
            alerts::store(&self.client, self.journal.collector(), &told).await?;
            self.detector().set_alerts_stored(below);
        }
        Ok(())
    }

    /// Rows are only ever added, so their number tells whether there is news.
    async fn ask_decisions(&self, known: &mut Option<u64>) -> Result<(), InsertError> {
        let count = decisions::count(&self.client).await?;
        if *known == Some(count) {
            return Ok(());
        }
        let (before, now) = (Arc::clone(&self.live_decisions.decisions()), Timestamp::now());
        let mut all = Decisions::default();
        for newest in decisions::newest(&self.client).await? {
            let Some(decision) = newest.decision() else { continue };
            let about = (newest.site.as_str(), newest.destination.as_str());
            all.add(about, (decision, newest.until()), &before, now);
        }
        if all != *before {
            let (journal, bytes) = (Arc::clone(&self.journal), all.encode());
            // Durable first: what is forgotten stays forgotten.
            let noted = spawn_blocking(move || journal.set_decisions(&bytes)).await;
            if !matches!(noted, Ok(Ok(()))) {
                tracing::warn!("the file `decisions` beside the journal cannot be written");
            }
            self.live_decisions.set_decisions(all);
            self.apply(now);
            tracing::info!("people's decisions about destinations have changed");
        }
        *known = Some(count);
        Ok(())
    }

    /// Lets the detector know what holds.
    fn apply(&self, now: Timestamp) {
        let decisions = self.live_decisions.decisions();
        if decisions.any_expired_between(now.minus_millis(LATELY_MILLIS), now) {
            self.live_decisions.begin_epoch();
        }
        self.detector().apply_decisions(&decisions, now);
    }

    /// Reads the threat lists. False when one cannot be read: then all stay as they were.
    fn read_lists(&self, files: &mut ThreatFiles) -> bool {
        let (lists, told) = files.read();
        let mut is_whole = true;
        for (file, listed) in told {
            let file = file.display();
            match listed {
                Ok(listed) => {
                    tracing::info!(%file, names = listed.hosts, wrong = listed.wrong.len(), "threat list read");
                    if let Some((line, why)) = listed.wrong.first() {
                        tracing::warn!("{file}:{line} {why}; such lines are left out");
                    }
                }
                Err(error) => {
                    tracing::error!(%file, %error, "a threat list cannot be read; the old ones hold");
                    is_whole = false;
                }
            }
        }
        if is_whole {
            self.detector().match_threats(&lists, Timestamp::now());
            self.live_decisions.set_threats(lists);
        }
        is_whole
    }

    /// Compares all destinations that ClickHouse remembers with the lists.
    async fn ask_history(&self) -> Result<(), InsertError> {
        let threats = Arc::clone(&self.live_decisions.threats());
        if threats.is_empty() {
            return Ok(());
        }
        let (now, decisions) = (Timestamp::now(), Arc::clone(&self.live_decisions.decisions()));
        let live_config = self.collector.live_config();
        let sites = &live_config.rules.judging.sites;
        destinations::each(&self.client, |past| {
            let Some(list) = threats.find(&past.destination) else { return };
            if decisions.in_force(&past.site, &past.destination, now).is_some() {
                return;
            }
            let group = sites.named(&past.site).and_then(|site| site.group_named(&past.page_group));
            let history = PastDestination {
                page_group: &past.page_group,
                payment: group.is_some_and(|group| group.payment),
                destination: &past.destination,
                list,
                last: Timestamp(past.last_seen),
                reports: past.reports,
                clients: usize::try_from(past.clients).unwrap_or(usize::MAX),
            };
            self.detector().report_past_threat(&past.site, &history, now);
        })
        .await
    }

    fn detector(&self) -> MutexGuard<'_, Detector> {
        self.detector.lock()
    }
}
