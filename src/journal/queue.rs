//! The batches that wait for the committer, and the answers that requests wait for.

use std::collections::VecDeque;
use std::sync::MutexGuard;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::batch::Batch;
use super::error::Refused;
use crate::base::limits;
use crate::base::lock::{Condvar, Mutex};

/// Where the answer to a batch goes. Nobody may be waiting: the browser closed the connection.
type Answer = oneshot::Sender<Result<(), Refused>>;

/// Batches whose allocation is kept from one turn of the committer to the next.
pub(super) const BATCHES_KEPT: usize = 1024;

/// Bounded by the number of reports; beyond it, and when the collector stops, batches are refused at once.
#[derive(Debug, Default)]
pub(super) struct CommitQueue {
    state: Mutex<QueueState>,
    wake: Condvar,
    in_flight: Mutex<InFlight>,
}

#[derive(Debug, Default)]
struct QueueState {
    batches: VecDeque<Batch>,
    /// One for each batch, in the same order.
    answers: VecDeque<Answer>,
    reports: usize,
    /// When the oldest batch came.
    since: Option<Instant>,
    is_closed: bool,
    /// The committer does not come back from the disk.
    is_stalled: bool,
    /// Whether the committer sleeps until a batch comes: only then is it woken, which is a system call.
    is_awaited: bool,
}

/// The answers of the batches that the committer has.
#[derive(Debug, Default)]
struct InFlight {
    answers: VecDeque<Answer>,
    /// Since when it has them.
    since: Option<Instant>,
}

impl CommitQueue {
    /// Adds a batch. The receiver gets the committer's answer, or a refusal from here.
    pub(super) fn push(&self, batch: Batch) -> oneshot::Receiver<Result<(), Refused>> {
        let (answer, receiver) = oneshot::channel();
        let mut state = self.state();
        let refused = match () {
            () if state.is_closed => Some(Refused::Closing),
            () if state.is_stalled => Some(Refused::Stalled),
            () if state.reports >= limits::COMMIT_QUEUE_REPORTS => Some(Refused::Busy),
            () => None,
        };
        if let Some(refused) = refused {
            drop(state);
            // The receiver is in our hands: it cannot be gone.
            let _ = answer.send(Err(refused));
            return receiver;
        }
        if state.batches.is_empty() {
            state.since = Some(Instant::now());
        }
        // A batch that only counts limited reports takes space too.
        state.reports += batch.entries.len().max(1);
        state.batches.push_back(batch);
        state.answers.push_back(answer);
        let is_awaited = std::mem::take(&mut state.is_awaited);
        drop(state);
        if is_awaited {
            self.wake.notify_one();
        }
        receiver
    }

    /// Refuses every further batch. Those that wait are still taken.
    pub(super) fn close(&self) {
        self.state().is_closed = true;
        self.wake.notify_one();
    }

    /// How many reports wait.
    pub(super) fn waiting(&self) -> usize {
        self.state().reports
    }

    /// Moves all waiting batches into `batches`, which must be empty: its allocation serves the next ones. Sleeps for at
    /// most `wait_max` while nothing waits. Returns whether the queue is closed. Each batch is then answered, in their order
    /// ([`Self::answer`]).
    pub(super) fn take(&self, batches: &mut VecDeque<Batch>, wait_max: Option<Duration>) -> bool {
        let is_idle = |state: &mut QueueState| {
            state.is_awaited = state.batches.is_empty() && !state.is_closed;
            state.is_awaited
        };
        let state = self.state();
        let mut state = match wait_max {
            None => self.wake.wait_while(state, is_idle),
            Some(wait_max) => self.wake.wait_timeout_while(state, wait_max, is_idle),
        };
        state.reports = 0;
        state.is_awaited = false;
        std::mem::swap(&mut state.batches, batches);
        let mut in_flight = self.in_flight.lock();
        std::mem::swap(&mut state.answers, &mut in_flight.answers);
        in_flight.since = state.since.take();
        state.is_closed
    }

    /// Answers the oldest batch that was taken. After a stall it was answered already, and is written all the same.
    pub(super) fn answer(&self, result: Result<(), Refused>) {
        let answer = self.in_flight.lock().answers.pop_front();
        if let Some(answer) = answer {
            let _ = answer.send(result);
        }
    }

    /// The committer is done with what it took, and has answered all of it.
    pub(super) fn done(&self) {
        self.state().is_stalled = false;
        let mut in_flight = self.in_flight.lock();
        in_flight.since = None;
        // A flood must not hold its memory for ever.
        in_flight.answers.shrink_to(BATCHES_KEPT);
    }

    /// Refuses all batches that wait and that the committer has, if one of them waits for longer than `longest`: browsers
    /// must not hang because a disk does. Returns whether it is so.
    pub(super) fn refuse_stalled(&self, longest: Duration) -> bool {
        let mut state = self.state();
        let mut in_flight = self.in_flight.lock();
        let is_late = |since: Option<Instant>| since.is_some_and(|at| at.elapsed() > longest);
        if is_late(state.since) || is_late(in_flight.since) {
            state.is_stalled = true;
        }
        if !state.is_stalled {
            return false;
        }
        let mut answers = std::mem::take(&mut in_flight.answers);
        answers.append(&mut state.answers);
        (state.batches, state.reports, state.since) = (VecDeque::new(), 0, None);
        drop((state, in_flight));
        for answer in answers {
            let _ = answer.send(Err(Refused::Stalled));
        }
        true
    }

    fn state(&self) -> MutexGuard<'_, QueueState> {
        self.state.lock()
    }
}
