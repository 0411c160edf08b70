//! Whether ClickHouse has stopped answering while segments wait for its answer. An INSERT may take minutes on a server that is only
//! slow, so its own timeout says it too late; a small question beside it says it within seconds, because a slow server answers
//! that, and a frozen one does not.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::time::sleep;

use super::attempts::SendAttempts;
use super::{PART, SendError, Sink};
use crate::store::answers::answers;

/// How long segments may be on their way, or the last answer may be ago, before ClickHouse is asked.
const ASK_EVERY: Duration = Duration::from_secs(10);
/// How long it may take to answer the question. With the time above and that of a segment, silence shows within half a minute.
const ANSWER: Duration = Duration::from_secs(10);

impl Sink {
    /// Sends what is pending, and says meanwhile if ClickHouse does not answer.
    pub(super) async fn send_watched(
        &self,
        attempts: &mut SendAttempts,
        stop: &watch::Receiver<bool>,
    ) -> Result<(), SendError> {
        tokio::select! {
            biased;
            sent = self.send_pending(attempts, stop) => sent,
            never = self.watch_answers() => match never {},
        }
    }

    /// Asks ClickHouse again and again; while it is silent, that is the reason why the collector is not ready.
    async fn watch_answers(&self) -> Infallible {
        let mut answered = Instant::now();
        let mut silence: Option<Silence> = None;
        loop {
            sleep(ASK_EVERY).await;
            if answers(&self.inserter.client, ANSWER).await {
                answered = Instant::now();
                if let Some(silence) = silence.take() {
                    tracing::info!("ClickHouse answers again");
                    self.end(silence);
                }
            } else {
                silence = Some(self.go_on(silence.take(), answered.elapsed()));
            }
        }
    }

    /// States for how long ClickHouse has been silent.
    fn go_on(&self, silence: Option<Silence>, lasts: Duration) -> Silence {
        let reason = format!("ClickHouse has not answered for {} s", lasts.as_secs());
        let before = match silence {
            Some(silence) => silence.before,
            None => {
                tracing::warn!(
                    id = "clickhouse-silent",
                    "{reason}; reports stay on disk until it does: is the process, or the network between, stopped?"
                );
                self.readiness.reason(PART)
            }
        };
        self.hold(&reason);
        Silence { reason: self.readiness.reason(PART), before }
    }

    /// Restores what was to be said before, unless the sink has said something else since.
    fn end(&self, silence: Silence) {
        if self.readiness.reason(PART) != silence.reason {
            return;
        }
        match silence.before {
            Some(before) => self.readiness.set(PART, before),
            None => self.deliver(),
        }
    }
}

/// ClickHouse is silent, and readiness says so.
struct Silence {
    /// What readiness says.
    reason: Option<String>,
    /// What it said before.
    before: Option<String>,
}
