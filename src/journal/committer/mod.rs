//! Group commit: one thread writes for all requests. It takes the batches that gathered while the last sync ran, syncs
//! once, and answers all of them. At rest a report waits for one sync only. Under load, where several waited together, the
//! next group may gather until it is large, or its first has waited for a moment: a sync costs as much CPU as two requests.

mod group;

use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::CommitObserver;
use super::answers::Answers;
use super::batch::Batch;
use super::budget::Budgets;
use super::dedup::Deliveries;
use super::error::Refused;
use super::open_segment::OpenSegment;
use super::queue::BATCHES_KEPT;
use super::recovery::{self, Finished, Origin};
use super::room::{NoRoom, Room};
use super::segment::SegmentFile;
use super::segment_id::SegmentId;
use super::shared::Shared;
use crate::base::clock::Timestamp;
use crate::base::limits;
use crate::config::{self, Durability};
use group::{LimitedCounts, write_limited};

/// How long to wait before the next attempt to finish a failed segment.
const FINISH_PAUSE: Duration = Duration::from_secs(1);

/// The only writer of segments.
pub(super) struct Committer<O> {
    shared: Arc<Shared>,
    config: config::JournalConfig,
    observer: O,
    next_number: u64,
    open: Option<OpenSegment>,
    seal_at: Instant,
    /// Empty between two turns; kept for its allocation.
    batches: VecDeque<Batch>,
    /// Of the group that is committed.
    answers: Answers,
    /// Whether several requests waited together last time.
    is_busy: bool,
    deliveries: Deliveries,
    /// Those that were refused.
    refused: Deliveries,
    budgets: Budgets,
    /// Reports that nobody waits for, because all of their request are only counted: they cost no write of their own.
    limited: LimitedCounts,
    /// A segment that failed and could not be finished yet: its number and durable bytes.
    failed: Option<SegmentFile>,
    /// When the next attempt is due: each one writes the whole segment, which a full disk should be spared.
    finish_at: Instant,
}

impl<O: CommitObserver> Committer<O> {
    pub(super) fn new(
        shared: Arc<Shared>,
        config: config::JournalConfig,
        next_number: u64,
        observer: O,
    ) -> Self {
        Self {
            shared,
            config,
            observer,
            next_number,
            open: None,
            seal_at: Instant::now(),
            batches: VecDeque::new(),
            answers: Answers::default(),
            is_busy: false,
            deliveries: Deliveries::default(),
            refused: Deliveries::default(),
            budgets: Budgets::default(),
            limited: LimitedCounts::new(),
            failed: None,
            finish_at: Instant::now(),
        }
    }

    /// Runs in a thread of its own until the queue is closed.
    pub(super) fn start(mut self) -> JoinHandle<()> {
        let thread = thread::Builder::new().name("committer".to_owned());
        #[allow(clippy::expect_used, reason = "without threads there is no collector")]
        let started = thread.spawn(move || {
            // Without it nothing is answered any more; what is on the disk is recovered at the next start.
            if catch_unwind(AssertUnwindSafe(|| self.run())).is_err() {
                tracing::error!(
                    id = "committer-panicked",
                    "the journal's committer ended by a panic: the collector ends, too"
                );
                std::process::abort();
            }
        });
        started.expect("a thread can be started")
    }

    fn run(&mut self) {
        while self.turn() {
            if self.is_busy {
                let pause = match self.config.durability {
                    Durability::Disk => limits::COMMIT_PAUSE,
                    Durability::Os => limits::WRITE_PAUSE,
                };
                self.shared.queue.gather(limits::COMMIT_GROUP, pause);
            }
        }
    }

    /// Commits the batches that wait, and seals what is due; sleeps while there is nothing to do. Returns false once the
    /// queue is closed.
    pub(super) fn turn(&mut self) -> bool {
        let mut batches = std::mem::take(&mut self.batches);
        let is_closed = self.shared.queue.take(&mut batches, self.wait_max());
        self.is_busy = batches.len() > 1;
        while !batches.is_empty() {
            self.commit_group(&mut batches);
            self.answers.pass_on();
        }
        self.shared.queue.done();
        // A flood must not hold its memory for ever.
        batches.shrink_to(BATCHES_KEPT);
        self.batches = batches;
        self.update_occupancy();
        if self.open.is_some() && (is_closed || Instant::now() >= self.seal_at) {
            self.seal();
        }
        // Its reports were acknowledged: they must not wait until the next report arrives.
        self.finish_failed();
        !is_closed
    }

    /// How long to sleep at most: until a segment is to be sealed or finished.
    fn wait_max(&self) -> Option<Duration> {
        let to_seal = || self.seal_at.saturating_duration_since(Instant::now());
        match self.failed {
            Some(_) => Some(self.finish_at.saturating_duration_since(Instant::now())),
            None => self.open.as_ref().map(|_| to_seal()),
        }
    }

    fn update_occupancy(&self) {
        let mut occupancy = self.shared.occupancy();
        occupancy.violations = self.open.as_ref().map_or(0, OpenSegment::rows);
        occupancy.policies = self.open.as_ref().map_or(0, |open| open.policies().0);
        occupancy.deliveries = self.deliveries.len();
        occupancy.forgotten_deliveries = self.deliveries.forgotten();
        occupancy.budgets = Some(self.budgets.tables());
    }

    /// Commits as many batches as one segment holds, and answers them.
    fn commit_group(&mut self, batches: &mut VecDeque<Batch>) {
        let now = Timestamp::now();
        let is_full = self.open.as_ref().is_some_and(OpenSegment::is_full);
        self.shared.occupancy().full_segments += u64::from(is_full);
        if is_full || self.open.as_ref().is_some_and(|open| open.id.opened.day() != now.day()) {
            self.seal();
        }
        let room = match self.make_room(now) {
            Ok(room) => room,
            Err(refused) => {
                batches.drain(..).for_each(|batch| self.refuse(batch, refused, now));
                return;
            }
        };
        let group = self.add_group(batches, room, now);
        let Some(open) = &mut self.open else { return };
        let started = Instant::now();
        match open.commit() {
            Ok(()) => {
                self.observer.synced(started.elapsed());
                self.shared.files().open = Some(open.as_file());
                self.shared.health.succeeded();
                for added in group {
                    self.finish(added, now);
                }
            }
            Err(error) => {
                self.fail(&error);
                group.into_iter().for_each(|added| self.refuse(added.batch, Refused::Failed, now));
            }
        }
    }

    /// Makes sure that there is an open segment, and space for more; returns which space that is.
    fn make_room(&mut self, now: Timestamp) -> Result<Room, Refused> {
        self.finish_failed();
        if self.failed.is_some() {
            return Err(Refused::Failed);
        }
        // ClickHouse would delete what is years old at once, or could not say when it was.
        if !now.is_credible() {
            return Err(Refused::Clock);
        }
        let room = self.shared.room_for_evidence().map_err(|no_room| {
            let error = match no_room {
                NoRoom::Full { .. } | NoRoom::DiskFull { .. } => return Refused::Full,
                gone @ NoRoom::Gone => io::Error::new(io::ErrorKind::NotFound, gone),
                NoRoom::Disk(error) => error,
            };
            self.failed_by(&error);
            Refused::Failed
        })?;
        if room != Room::Reserve {
            self.budgets.leave_reserve();
        }
        if self.open.is_none()
            && let Err(error) = self.open_segment(now)
        {
            self.failed_by(&error);
            return Err(Refused::Failed);
        }
        Ok(room)
    }

    fn open_segment(&mut self, now: Timestamp) -> io::Result<()> {
        let dir = &self.shared.dir;
        let skipped = self.shared.skipped_numbers.load(Ordering::Relaxed);
        self.next_number = self.next_number.max(skipped.saturating_add(1));
        let (collector, number, start) = (dir.collector, self.next_number, dir.start);
        let id = SegmentId { collector, number, opened: now, start, cut: 0 };
        // The number is used up even when creating the file fails half way.
        self.next_number += 1;
        let open = OpenSegment::create(dir, id, self.config.durability)?;
        self.shared.files().open = Some(open.as_file());
        self.open = Some(open);
        self.seal_at = Instant::now() + self.config.seal_every;
        Ok(())
    }

    fn seal(&mut self) {
        let Some(mut open) = self.open.take() else { return };
        write_limited(std::mem::take(&mut self.limited), &mut open, Timestamp::now());
        self.shared.occupancy().unkept_policies += open.policies().1;
        let file = open.as_file();
        match open.seal() {
            Ok(sealed) => self.hand_over(sealed),
            Err(error) => {
                self.failed_by(&error);
                self.failed = Some(file);
                self.finish_failed();
            }
        }
    }

    /// Gives up the open segment after an error: its file is never written or synced again.
    fn fail(&mut self, error: &io::Error) {
        self.failed_by(error);
        self.failed = self.open.take().map(|open| open.as_file());
        self.finish_failed();
    }

    /// Writes the durable part of a failed segment to a new file, which replaces it.
    fn finish_failed(&mut self) {
        let Some(failed) = self.failed.filter(|_| Instant::now() >= self.finish_at) else { return };
        let dir = &self.shared.dir;
        let path = dir.segment_path(failed.id.number);
        match recovery::finish(dir, &path, Origin::Own(failed.bytes)) {
            Ok(Finished::Sealed(sealed)) => self.hand_over(sealed),
            Ok(Finished::Empty) => self.shared.files().open = None,
            Ok(Finished::Unreadable) => {
                tracing::error!(
                    id = "segment-unreadable",
                    segment = failed.id.number,
                    "nothing of this segment can be read"
                );
                self.shared.files().open = None;
            }
            Err(error) => {
                self.failed_by(&error);
                if !self.shared.is_gone(failed.id.number) {
                    self.finish_at = Instant::now() + FINISH_PAUSE;
                    return;
                }
                // The file was removed by somebody; new reports must not be refused because of it.
                tracing::error!(
                    id = "segment-removed",
                    segment = failed.id.number,
                    "this segment was removed"
                );
                self.shared.files().open = None;
            }
        }
        self.failed = None;
    }

    fn failed_by(&mut self, error: &io::Error) {
        self.shared.health.failed(error);
        self.observer.failed(error);
    }

    fn hand_over(&mut self, sealed: SegmentFile) {
        let mut files = self.shared.files();
        files.open = None;
        files.sealed.insert(sealed.id.number, sealed);
        drop(files);
        self.shared.sealed.notify_one();
    }
}
