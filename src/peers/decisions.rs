//! People's decisions and approvals: from ClickHouse, where a command wrote them, to those who judge and detect.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::spawn_blocking;

use super::Peers;
use crate::base::clock::Timestamp;
use crate::decisions::Decisions;
use crate::store::error::InsertError;
use crate::store::{decisions, scripts};

/// How far back expired decisions are looked for: longer than the time between two rounds.
const EXPIRED_WITHIN: Duration = Duration::from_mins(2);

/// How many rows the tables had when they were read last. Rows are only ever added, so an equal number means no news.
#[derive(Default)]
pub(super) struct KnownDecisions {
    decisions: Option<u64>,
    script_decisions: Option<u64>,
}

impl Peers {
    /// Puts the decisions of the file `decisions` in force, until ClickHouse answers.
    pub(super) fn restore_decisions(&self) {
        match self.journal.decisions() {
            Ok(Some(bytes)) => self.live_decisions.set_decisions(Decisions::decode(&bytes)),
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(%error, "the file `decisions` beside the journal cannot be read");
            }
        }
    }

    /// Reads the decisions about destinations if there are new ones, keeps them on disk and puts them in force.
    pub(super) async fn read_decisions(
        &self,
        known: &mut KnownDecisions,
    ) -> Result<(), InsertError> {
        let count = decisions::count(&self.client).await?;
        if known.decisions == Some(count) {
            return Ok(());
        }
        let (before, now) = (Arc::clone(&self.live_decisions.decisions()), Timestamp::now());
        let all = decisions::all(&self.client, &before, now).await?;
        if all != *before {
            let (journal, bytes) = (Arc::clone(&self.journal), all.encode());
            // On disk first: what is forgotten must stay forgotten after a restart.
            let written = spawn_blocking(move || journal.set_decisions(&bytes)).await;
            if !matches!(written, Ok(Ok(()))) {
                tracing::warn!("the file `decisions` beside the journal cannot be written");
            }
            self.live_decisions.set_decisions(all);
            self.apply_decisions(now);
            tracing::info!("people's decisions about destinations have changed");
        }
        known.decisions = Some(count);
        Ok(())
    }

    /// Reads the approvals of scripts if there are new ones, and gives them to the detector.
    pub(super) async fn read_approvals(
        &self,
        known: &mut KnownDecisions,
    ) -> Result<(), InsertError> {
        let count = scripts::count(&self.client).await?;
        if known.script_decisions != Some(count) {
            let approvals = scripts::approvals(&self.client).await?;
            self.detector.lock().set_approvals(approvals);
            known.script_decisions = Some(count);
        }
        Ok(())
    }

    /// Begins an epoch if a decision has expired, and has the detector forget the destinations that people decided about.
    pub(super) fn apply_decisions(&self, now: Timestamp) {
        let decisions = self.live_decisions.decisions();
        if decisions.any_expired_between(now - EXPIRED_WITHIN, now) {
            self.live_decisions.begin_epoch();
        }
        self.detector.lock().apply_decisions(&decisions, now);
    }
}
