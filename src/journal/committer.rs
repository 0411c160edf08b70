//! Group commit: one thread writes for all. It takes what gathered while the last sync ran, syncs once,
//! and answers everybody. At rest a report waits for one sync alone; under load, where several waited
//! together, the next group has a moment more to gather: a sync costs as much CPU as two requests.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::open::OpenSegment;
use super::segment::SegmentId;
use super::{Batch, Entry, Observer, Refused, Sealed, Shared, delivery, recovery};
use crate::base::clock::Timestamp;
use crate::base::limits;
use crate::config::{self, Durability};
use crate::journal::Deliveries;
use crate::report::Kind;

/// How soon a segment that failed and could not be finished is tried again.
const FINISH_AGAIN: Duration = Duration::from_secs(1);

/// What waits for the committer.
#[derive(Debug, Default)]
pub(super) struct Queue {
    state: Mutex<QueueState>,
    wake: Condvar,
}

#[derive(Debug, Default)]
struct QueueState {
    batches: VecDeque<Waiting>,
    reports: usize,
    is_closed: bool,
    /// Whether the committer sleeps until something comes: only then is it woken, which is a system call.
    is_awaited: bool,
}

#[derive(Debug)]
struct Waiting {
    batch: Batch,
    answer: oneshot::Sender<Result<(), Refused>>,
}

impl Queue {
    pub(super) fn push(&self, batch: Batch) -> oneshot::Receiver<Result<(), Refused>> {
        let (answer, receiver) = oneshot::channel();
        let mut state = self.state();
        let refused = match () {
            () if state.is_closed => Some(Refused::Closing),
            () if state.reports >= limits::COMMIT_QUEUE_REPORTS => Some(Refused::Busy),
            () => None,
        };
        if let Some(refused) = refused {
            drop(state);
            // The receiver is in our hands: it cannot be gone.
            let _ = answer.send(Err(refused));
            return receiver;
        }
        // A batch that only counts limited reports takes room too.
        state.reports += batch.entries.len().max(1);
        state.batches.push_back(Waiting { batch, answer });
        let is_awaited = std::mem::take(&mut state.is_awaited);
        drop(state);
        if is_awaited {
            self.wake.notify_one();
        }
        receiver
    }

    pub(super) fn close(&self) {
        self.state().is_closed = true;
        self.wake.notify_one();
    }

    pub(super) fn waiting(&self) -> usize {
        self.state().reports
    }

    /// Takes all that waits into `batches`, which are empty and leave their room to those that come next; waits itself
    /// for at most `patience` when nothing does. Tells whether nothing will come any more.
    fn take(&self, batches: &mut VecDeque<Waiting>, patience: Option<Duration>) -> bool {
        let is_idle = |state: &mut QueueState| {
            state.is_awaited = state.batches.is_empty() && !state.is_closed;
            state.is_awaited
        };
        let state = self.state();
        let mut state = match patience {
            None => self.wake.wait_while(state, is_idle).unwrap_or_else(PoisonError::into_inner),
            Some(patience) => {
                let waited = self.wake.wait_timeout_while(state, patience, is_idle);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
        };
        state.reports = 0;
        state.is_awaited = false;
        std::mem::swap(&mut state.batches, batches);
        state.is_closed
    }

    fn state(&self) -> MutexGuard<'_, QueueState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Batches for which there is always room.
const BATCHES_KEPT: usize = 1024;

/// Who writes.
pub(super) struct Committer<O> {
    shared: Arc<Shared>,
    config: config::Journal,
    observer: O,
    next_number: u64,
    open: Option<OpenSegment>,
    seal_at: Instant,
    /// None between two turns: room for those of the next.
    batches: VecDeque<Waiting>,
    /// Whether several requests waited together last time.
    is_busy: bool,
    deliveries: Deliveries,
    /// A segment that failed and could not be finished yet: its number and durable bytes.
    failed: Option<Sealed>,
    /// When that is tried again: each attempt writes all of it, which a full disk should be spared.
    finish_at: Instant,
}

impl<O: Observer> Committer<O> {
    pub(super) fn new(
        shared: Arc<Shared>,
        config: config::Journal,
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
            is_busy: false,
            deliveries: Deliveries::default(),
            failed: None,
            finish_at: Instant::now(),
        }
    }

    /// Goes on in a thread of its own until the queue is closed.
    pub(super) fn start(mut self) -> JoinHandle<()> {
        let thread = thread::Builder::new().name("committer".to_owned());
        #[allow(clippy::expect_used, reason = "without threads there is no collector")]
        thread.spawn(move || self.run()).expect("a thread can be started")
    }

    fn run(&mut self) {
        while self.turn() {
            if self.is_busy {
                thread::sleep(match self.config.durability {
                    Durability::Disk => limits::COMMIT_PAUSE,
                    Durability::Os => limits::WRITE_PAUSE,
                });
            }
        }
    }

    /// Commits what waits, and seals what is due; waits itself when there is nothing to do. False when
    /// nothing will come any more.
    pub(super) fn turn(&mut self) -> bool {
        let mut batches = std::mem::take(&mut self.batches);
        let is_closed = self.shared.queue.take(&mut batches, self.patience());
        self.is_busy = batches.len() > 1;
        while !batches.is_empty() {
            self.commit_group(&mut batches);
        }
        // Not that of a flood for ever.
        batches.shrink_to(BATCHES_KEPT);
        self.batches = batches;
        self.tell_memory();
        if self.open.is_some() && (is_closed || Instant::now() >= self.seal_at) {
            self.seal();
        }
        // What it holds was acknowledged: it must not wait for somebody to report again.
        self.finish_failed();
        !is_closed
    }

    /// How long to wait for reports before there is something else to do.
    fn patience(&self) -> Option<Duration> {
        let to_seal = || self.seal_at.saturating_duration_since(Instant::now());
        match self.failed {
            Some(_) => Some(self.finish_at.saturating_duration_since(Instant::now())),
            None => self.open.as_ref().map(|_| to_seal()),
        }
    }

    /// Tells how much it remembers.
    fn tell_memory(&self) {
        let mut memory = self.shared.memory();
        memory.violations = self.open.as_ref().map_or(0, OpenSegment::rows);
        memory.policies = self.open.as_ref().map_or(0, |open| open.policies().0);
        memory.deliveries = self.deliveries.len();
        memory.forgotten_deliveries = self.deliveries.forgotten();
    }

    /// Commits as many batches as one segment holds, and answers them.
    fn commit_group(&mut self, batches: &mut VecDeque<Waiting>) {
        let now = Timestamp::now();
        let is_full = self.open.as_ref().is_some_and(OpenSegment::is_full);
        self.shared.memory().full_segments += u64::from(is_full);
        if is_full || self.open.as_ref().is_some_and(|open| open.id.opened.day() != now.day()) {
            self.seal();
        }
        if let Err(refused) = self.make_room(now) {
            batches.drain(..).for_each(|waiting| answer(waiting, Err(refused)));
            return;
        }
        let Some(open) = &mut self.open else { return };
        let mut group = Vec::with_capacity(batches.len());
        let mut limited: BTreeMap<(Arc<str>, Kind), u64> = BTreeMap::new();
        while let Some(waiting) = batches.pop_front_if(|_| !open.is_full()) {
            let batch = &waiting.batch;
            let add = |entry: &Entry| open.add(batch, entry);
            let folded = delivery::fold(&self.deliveries, batch, add);
            for part in &batch.limited {
                *limited.entry((Arc::clone(&part.site), part.kind)).or_default() += part.count;
            }
            group.push((waiting, folded));
        }
        for ((site, kind), count) in limited {
            open.add_limited(minute(now), &site, kind, count);
        }
        let started = Instant::now();
        match open.commit() {
            Ok(()) => {
                self.observer.synced(started.elapsed());
                self.shared.files().open = Some(open.as_file());
                for (waiting, folded) in group {
                    delivery::remember(&mut self.deliveries, &waiting.batch, &folded);
                    self.observer.committed(&waiting.batch, &folded);
                    answer(waiting, Ok(()));
                }
            }
            Err(error) => {
                self.fail(&error);
                group.into_iter().for_each(|(waiting, _)| answer(waiting, Err(Refused::Failed)));
            }
        }
    }

    /// Sees to it that there is an open segment, and room for more.
    fn make_room(&mut self, now: Timestamp) -> Result<(), Refused> {
        self.finish_failed();
        if self.failed.is_some() {
            return Err(Refused::Failed);
        }
        if !self.shared.home.is_there() {
            let gone =
                "the journal's directory was taken away or replaced: bring it back, or restart";
            self.observer.failed(&io::Error::new(io::ErrorKind::NotFound, gone));
            return Err(Refused::Failed);
        }
        let used = self.shared.files().usage().bytes;
        if used >= self.config.bytes_max {
            return Err(Refused::Full);
        }
        match self.shared.home.disk.free_bytes(&self.config.dir) {
            Ok(free) if free < limits::DISK_FREE_BYTES => return Err(Refused::Full),
            Ok(_) => {}
            Err(error) => {
                self.observer.failed(&error);
                return Err(Refused::Failed);
            }
        }
        if self.open.is_none() {
            self.open_segment(now).map_err(|error| {
                self.observer.failed(&error);
                Refused::Failed
            })?;
        }
        Ok(())
    }

    fn open_segment(&mut self, now: Timestamp) -> io::Result<()> {
        let home = &self.shared.home;
        let id = SegmentId { collector: home.collector, number: self.next_number, opened: now };
        // A number is spent even when creating the file fails half way.
        self.next_number += 1;
        let open = OpenSegment::create(home, id, self.config.durability)?;
        self.shared.files().open = Some(open.as_file());
        self.open = Some(open);
        self.seal_at = Instant::now() + self.config.seal_every;
        Ok(())
    }

    fn seal(&mut self) {
        let Some(open) = self.open.take() else { return };
        self.shared.memory().unkept_policies += open.policies().1;
        let file = open.as_file();
        match open.seal() {
            Ok(sealed) => self.hand_over(sealed),
            Err(error) => {
                self.observer.failed(&error);
                self.failed = Some(file);
                self.finish_failed();
            }
        }
    }

    /// Gives up the open segment after an error: it is never written or synced again.
    fn fail(&mut self, error: &io::Error) {
        self.observer.failed(error);
        self.failed = self.open.take().map(|open| open.as_file());
        self.finish_failed();
    }

    /// Writes what was durable of a failed segment to a new file, which takes its place.
    fn finish_failed(&mut self) {
        let Some(failed) = self.failed.filter(|_| Instant::now() >= self.finish_at) else { return };
        let home = &self.shared.home;
        let path = home.segment(failed.id.number);
        match recovery::finish(&*home.disk, &path, Some(failed.bytes)) {
            Ok(Some(sealed)) => self.hand_over(sealed),
            Ok(None) => self.shared.files().open = None,
            Err(error) => {
                self.observer.failed(&error);
                if !self.shared.is_gone(failed.id.number) {
                    self.finish_at = Instant::now() + FINISH_AGAIN;
                    return;
                }
                // Somebody removed the file; reports that come now must not suffer for it.
                tracing::error!(segment = failed.id.number, "this segment was removed");
                self.shared.files().open = None;
            }
        }
        self.failed = None;
    }

    fn hand_over(&mut self, sealed: Sealed) {
        let mut files = self.shared.files();
        files.open = None;
        files.sealed.insert(sealed.id.number, sealed);
        drop(files);
        self.shared.sealed.notify_one();
    }
}

/// Nobody may be waiting: the browser closed the connection. The batch is written all the same.
fn answer(waiting: Waiting, result: Result<(), Refused>) {
    let _ = waiting.answer.send(result);
}

/// Beginning of the minute, in seconds since the epoch.
fn minute(now: Timestamp) -> u32 {
    u32::try_from(now.0.div_euclid(60_000) * 60).unwrap_or(0)
}
