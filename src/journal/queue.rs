//! The batches that wait for the committer, and the answers that requests wait for.

use std::collections::VecDeque;
use std::sync::MutexGuard;
use std::time::{Duration, Instant};

use super::answers::{self, Answer, Waiting};
use super::batch::Batch;
use super::error::Refused;
use crate::base::limits;
use crate::base::lock::{Condvar, Mutex};

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
    answers: VecDeque<Waiting>,
    reports: usize,
    /// When the oldest batch came.
    since: Option<Instant>,
    is_closed: bool,
    /// The committer does not come back from the disk.
    is_stalled: bool,
    /// How many batches the committer sleeps for: only with the last of them is it woken, which is a system call. 0: it does
    /// not sleep.
    awaited: usize,
}

/// The answers of the batches that the committer has.
#[derive(Debug, Default)]
struct InFlight {
    answers: VecDeque<Waiting>,
    /// Since when it has them.
    since: Option<Instant>,
}

impl CommitQueue {
    /// Adds a batch. The answer is the committer's, or a refusal from here.
    pub(super) fn push(&self, batch: Batch) -> Answer {
        let (waiting, answer) = answers::answer();
        let mut state = self.state();
        let refused = match () {
            () if state.is_closed => Some(Refused::Closing),
            () if state.is_stalled => Some(Refused::Stalled),
            () if state.reports >= limits::COMMIT_QUEUE_REPORTS => Some(Refused::Busy),
            () => None,
        };
        if let Some(refused) = refused {
            drop(state);
            waiting.answer(Err(refused));
            return answer;
        }
        if state.batches.is_empty() {
            state.since = Some(Instant::now());
        }
        // A batch that only counts limited reports takes space too.
        state.reports += batch.entries.len().max(1);
        state.batches.push_back(batch);
        state.answers.push_back(waiting);
        let is_awaited = state.batches.len() == state.awaited;
        drop(state);
        if is_awaited {
            self.wake.notify_one();
        }
        answer
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
    /// ([`Self::oldest_taken`]).
    pub(super) fn take(&self, batches: &mut VecDeque<Batch>, wait_max: Option<Duration>) -> bool {
        let mut state = self.wait_for(self.state(), 1, wait_max);
        state.reports = 0;
        std::mem::swap(&mut state.batches, batches);
        let mut in_flight = self.in_flight.lock();
        std::mem::swap(&mut state.answers, &mut in_flight.answers);
        in_flight.since = state.since.take();
        state.is_closed
    }

    /// Sleeps until `enough` batches wait, or the oldest of them has waited for this long, or the queue is closed.
    pub(super) fn gather(&self, enough: usize, longest: Duration) {
        let state = self.state();
        let waited = state.since.map_or(Duration::ZERO, |since| since.elapsed());
        drop(self.wait_for(state, enough, Some(longest.saturating_sub(waited))));
    }

    fn wait_for<'q>(
        &'q self,
        state: MutexGuard<'q, QueueState>,
        enough: usize,
        wait_max: Option<Duration>,
    ) -> MutexGuard<'q, QueueState> {
        let is_early = |state: &mut QueueState| {
            state.awaited = enough;
            state.batches.len() < enough && !state.is_closed
        };
        let mut state = match wait_max {
            None => self.wake.wait_while(state, is_early),
            Some(wait_max) => self.wake.wait_timeout_while(state, wait_max, is_early),
        };
        state.awaited = 0;
        state
    }

    /// Who waits for the oldest batch that was taken. After a stall that was answered already, and is written all the same.
    pub(super) fn oldest_taken(&self) -> Option<Waiting> {
        self.in_flight.lock().answers.pop_front()
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
        for waiting in answers {
            waiting.answer(Err(Refused::Stalled));
        }
        true
    }

    fn state(&self) -> MutexGuard<'_, QueueState> {
        self.state.lock()
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    /// Longer than a test may take.
    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn a_pause_ends_with_a_large_group_or_with_the_queue() {
        let queue = CommitQueue::default();
        thread::scope(|scope| {
            let pause = scope.spawn(|| queue.gather(2, HOUR));
            let _answers = [queue.push(Batch::default()), queue.push(Batch::default())];
            pause.join().unwrap();
            let pause = scope.spawn(|| queue.gather(3, HOUR));
            queue.close();
            pause.join().unwrap();
        });
        // What waits is taken all the same, and one is enough.
        let mut batches = VecDeque::new();
        assert!(queue.take(&mut batches, Some(HOUR)));
        assert_eq!(batches.len(), 2);
    }

    #[test]
    fn a_pause_ends_when_the_oldest_has_waited_long_enough() {
        let queue = CommitQueue::default();
        let _answer = queue.push(Batch::default());
        queue.state().since = Some(Instant::now() - HOUR);
        queue.gather(2, HOUR);
        assert_eq!(queue.state().batches.len(), 1);
    }
}
