//! The batches that wait for the committer.

use std::collections::VecDeque;
use std::sync::MutexGuard;
use std::time::Duration;

use tokio::sync::oneshot;

use super::batch::Batch;
use super::error::Refused;
use crate::base::limits;
use crate::base::lock::{Condvar, Mutex};

/// Bounded by the number of reports; beyond it, and when the collector stops, batches are refused at once.
#[derive(Debug, Default)]
pub(super) struct CommitQueue {
    state: Mutex<QueueState>,
    wake: Condvar,
}

#[derive(Debug, Default)]
struct QueueState {
    batches: VecDeque<WaitingBatch>,
    reports: usize,
    is_closed: bool,
    /// Whether the committer sleeps until a batch comes: only then is it woken, which is a system call.
    is_awaited: bool,
}

/// A batch, and where its answer goes.
#[derive(Debug)]
pub(super) struct WaitingBatch {
    pub(super) batch: Batch,
    answer: oneshot::Sender<Result<(), Refused>>,
}

impl WaitingBatch {
    /// Nobody may be waiting: the browser closed the connection. The batch is written all the same.
    pub(super) fn answer(self, result: Result<(), Refused>) {
        let _ = self.answer.send(result);
    }
}

impl CommitQueue {
    /// Adds a batch. The receiver gets the committer's answer, or a refusal from here.
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
        // A batch that only counts limited reports takes space too.
        state.reports += batch.entries.len().max(1);
        state.batches.push_back(WaitingBatch { batch, answer });
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
    /// most `wait_max` while nothing waits. Returns whether the queue is closed.
    pub(super) fn take(
        &self,
        batches: &mut VecDeque<WaitingBatch>,
        wait_max: Option<Duration>,
    ) -> bool {
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
        state.is_closed
    }

    fn state(&self) -> MutexGuard<'_, QueueState> {
        self.state.lock()
    }
}
