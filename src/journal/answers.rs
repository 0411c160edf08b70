//! The answers that requests wait for. Those of a group go out together: the committer wakes one request, and that wakes
//! the others, in a thread that serves them. Woken one by one from the committer's thread, each would take the core
//! from it: two changes of thread for each request.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::sync::oneshot;

use super::error::Refused;

/// Requests that are woken together, so that the first of a large group need not wait for the last.
const TOGETHER: usize = 64;

/// The committer's answer to a batch, once it is there.
#[derive(Debug)]
pub struct Answer(oneshot::Receiver<PassedOn>);

/// Where it goes. Nobody may be waiting: the browser closed the connection.
#[derive(Debug)]
pub(super) struct Waiting(oneshot::Sender<PassedOn>);

/// An answer and a place for it.
pub(super) fn answer() -> (Waiting, Answer) {
    let (sender, receiver) = oneshot::channel();
    (Waiting(sender), Answer(receiver))
}

impl Future for Answer {
    type Output = Result<(), Refused>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(|passed| match passed {
            Ok(passed) => passed.result,
            // The committer ended without an answer.
            Err(_) => Err(Refused::Failed),
        })
    }
}

#[cfg(test)]
impl Answer {
    /// Blocks until it is there.
    pub(super) fn wait(self) -> Result<(), Refused> {
        self.0.blocking_recv().expect("the committer answers").result
    }
}

impl Waiting {
    /// Answers this one alone.
    pub(super) fn answer(self, result: Result<(), Refused>) {
        // The browser may be gone.
        let _ = self.0.send(PassedOn { result, others: Answers::default() });
    }
}

/// An answer, and those that go out when somebody has read it, or nobody will.
#[derive(Debug)]
struct PassedOn {
    result: Result<(), Refused>,
    others: Answers,
}

/// Answers on their way. Where they are dropped, each goes out by itself.
#[derive(Debug, Default)]
pub(super) struct Answers(VecDeque<(Waiting, Result<(), Refused>)>);

impl Answers {
    /// Adds one. It goes out with the next ones.
    pub(super) fn add(&mut self, waiting: Waiting, result: Result<(), Refused>) {
        self.0.push_back((waiting, result));
        if self.0.len() >= TOGETHER {
            self.pass_on();
        }
    }

    /// Lets them all go out.
    pub(super) fn pass_on(&mut self) {
        let mut others = std::mem::take(self);
        while let Some((waiting, result)) = others.0.pop_front() {
            match waiting.0.send(PassedOn { result, others }) {
                Ok(()) => return,
                // Nobody waits for this one.
                Err(back) => others = back.others,
            }
        }
    }
}

impl Drop for Answers {
    fn drop(&mut self) {
        for (waiting, result) in self.0.drain(..) {
            waiting.answer(result);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn group(of: usize) -> (Answers, Vec<Answer>) {
        let (waiting, receivers): (Vec<_>, Vec<_>) = (0..of).map(|_| answer()).unzip();
        let mut answers = Answers::default();
        for (number, waiting) in waiting.into_iter().enumerate() {
            answers.add(waiting, if number % 2 == 0 { Ok(()) } else { Err(Refused::Full) });
        }
        (answers, receivers)
    }

    #[test]
    fn each_gets_its_own_answer_once_the_first_has_read_its_own() {
        let (mut answers, mut receivers) = group(5);
        answers.pass_on();
        assert!((&mut receivers[3]).now_or_never().is_none(), "the first passes it on");
        let results: Vec<_> =
            receivers.into_iter().map(|one| one.now_or_never().unwrap()).collect();
        let full = Err(Refused::Full);
        assert_eq!(results, [Ok(()), full, Ok(()), full, Ok(())]);
    }

    #[test]
    fn a_request_that_is_gone_keeps_no_answer_from_others() {
        // Before the answers go out, and with an answer that it never reads.
        for is_late in [false, true] {
            let (mut answers, mut receivers) = group(5);
            let gone = receivers.drain(..2);
            if is_late {
                answers.pass_on();
                drop(gone);
            } else {
                drop(gone);
                answers.pass_on();
            }
            for (number, mut receiver) in receivers.into_iter().enumerate() {
                let result = (&mut receiver).now_or_never();
                let own = if number % 2 == 0 { Ok(()) } else { Err(Refused::Full) };
                assert_eq!(result, Some(own), "late: {is_late}");
            }
        }
        let (mut answers, receivers) = group(3);
        drop(receivers);
        answers.pass_on();
    }

    #[test]
    fn the_first_of_a_large_group_does_not_wait_for_the_last() {
        let (answers, receivers) = group(TOGETHER + 1);
        let early = receivers.into_iter().filter_map(FutureExt::now_or_never).count();
        assert_eq!(early, TOGETHER);
        drop(answers);
    }

    #[test]
    fn an_end_without_an_answer_refuses() {
        let (waiting, answer) = answer();
        drop(waiting);
        assert_eq!(answer.now_or_never(), Some(Err(Refused::Failed)));
    }
}
