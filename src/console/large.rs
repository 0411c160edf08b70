//! Answers that may be large: reports, packs of evidence, files. Each can take as much memory as the rest of the console, so few
//! are made at a time, and those that people still receive have a bound in all.

use std::sync::Arc;

use axum::body::Bytes;
use axum::http::StatusCode;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use tokio::time::timeout;

use super::answer::Refusal;
use crate::base::limits;

/// Bytes for each permit.
const UNIT: usize = 1024;

/// Those of all people.
pub(super) struct LargeAnswers {
    turns: Semaphore,
    room: Arc<Semaphore>,
}

/// One, until the last of it is sent.
struct Held {
    content: Box<[u8]>,
    _room: OwnedSemaphorePermit,
}

impl Default for LargeAnswers {
    fn default() -> Self {
        Self {
            turns: Semaphore::new(limits::CONSOLE_LARGE_ANSWERS),
            room: Arc::new(Semaphore::new(units(limits::CONSOLE_LARGE_BYTES) as usize)),
        }
    }
}

impl LargeAnswers {
    /// A turn at reading much, until it is dropped: for what is small once it is made.
    pub(super) async fn turn(&self) -> Result<SemaphorePermit<'_>, Refusal> {
        in_turn(self.turns.acquire(), "large files").await
    }

    /// What `make` makes, when it has its turn and there is room for what it made.
    pub(super) async fn make(
        &self,
        make: impl Future<Output = Result<Vec<u8>, Refusal>>,
    ) -> Result<Bytes, Refusal> {
        let _turn = self.turn().await?;
        let content = make.await?.into_boxed_slice();
        // One that is larger than all the room has it alone.
        let units = units(content.len().min(limits::CONSOLE_LARGE_BYTES));
        let room = Arc::clone(&self.room).acquire_many_owned(units);
        let room = in_turn(room, "large files").await?;
        Ok(Bytes::from_owner(Held { content, _room: room }))
    }
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.content
    }
}

fn units(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX)
}

/// A permit, for which somebody waits behind others. `what`: what all of them want.
pub(super) async fn in_turn<P>(
    permit: impl Future<Output = Result<P, AcquireError>>,
    what: &str,
) -> Result<P, Refusal> {
    let permit = timeout(limits::CONSOLE_TURN, permit).await;
    permit.ok().and_then(Result::ok).ok_or_else(|| {
        let why = format!("too many people look at {what} at this moment; try again");
        Refusal::new(StatusCode::TOO_MANY_REQUESTS, why).after(10)
    })
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use futures_util::FutureExt as _;

    use super::*;

    /// One of so many bytes; `None`: it waits.
    fn made(answers: &LargeAnswers, bytes: usize) -> Option<Bytes> {
        let made = answers.make(async { Ok(vec![0; bytes]) }).now_or_never()?;
        Some(made.expect("nobody has waited for long"))
    }

    #[tokio::test]
    async fn what_people_still_receive_takes_room() {
        let answers = LargeAnswers::default();
        let half = limits::CONSOLE_LARGE_BYTES / 2;
        let rest = made(&answers, half).unwrap().slice(1..);
        assert!(made(&answers, half * 3 / 2).is_none());
        assert!(made(&answers, half).is_some());
        drop(rest);
        assert!(made(&answers, half * 3).is_some(), "more than all the room");
    }

    #[tokio::test]
    async fn few_are_made_at_a_time() {
        let answers = LargeAnswers::default();
        let mut endless = Vec::new();
        for _ in 0..limits::CONSOLE_LARGE_ANSWERS {
            assert!(made(&answers, 1).is_some());
            endless.push(Box::pin(answers.make(pending())));
            assert!(endless.last_mut().unwrap().now_or_never().is_none());
        }
        assert!(made(&answers, 1).is_none());
        endless.pop();
        assert!(made(&answers, 1).is_some(), "somebody went away");
    }
}
