//! People's decisions and approvals: from ClickHouse, where a command wrote them, to those who judge and detect.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::spawn_blocking;

use super::Peers;
use crate::base::clock::Timestamp;
use crate::decisions::{ApprovalTarget, Approvals, Decisions};
use crate::store::error::InsertError;
use crate::store::scripts::NewestScriptDecision;
use crate::store::{decisions, scripts};

/// How far back expired decisions are looked for: longer than the time between two rounds.
const EXPIRED_WITHIN: Duration = Duration::from_mins(2);

/// How many rows the tables had when they were read last. Rows are only ever added, so an equal number means no news. A replica
/// that lags behind has fewer: what is known by then stays.
#[derive(Default)]
pub(super) struct KnownDecisions {
    decisions: Option<u64>,
    script_decisions: Option<u64>,
    /// The newest decision about each script.
    scripts: HashMap<ScriptKey, (Timestamp, bool)>,
}

/// Site, page group, host, path and hash.
type ScriptKey = [Box<str>; 5];

impl KnownDecisions {
    /// Learns decisions about scripts, unless later ones are known; returns the approvals that hold then.
    fn learn(&mut self, newest: Vec<NewestScriptDecision>) -> Approvals {
        for row in newest {
            let NewestScriptDecision { decided_at, site, page_group, is_approved, .. } = row;
            let key = [site, page_group, row.script_host, row.script_path, row.hash];
            let known = self.scripts.entry(key.map(String::into_boxed_str)).or_default();
            *known = (*known).max((decided_at, is_approved));
        }
        let mut approvals = Approvals::default();
        for ([site, page_group, host, path, hash], _) in
            self.scripts.iter().filter(|(_, (_, is_approved))| *is_approved)
        {
            approvals.add(ApprovalTarget { site, page_group, host, path, hash });
        }
        approvals
    }
}

impl Peers {
    /// Puts the decisions of the file `decisions` in force, until ClickHouse answers.
    pub(super) fn restore_decisions(&self) {
        match self.journal.decisions() {
            Ok(Some(bytes)) => self.live_decisions.set_decisions(Decisions::decode(&bytes)),
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(id = "decisions-not-read", %error, "the file `decisions` beside the journal cannot be read");
            }
        }
    }

    /// Reads the decisions about destinations if there are new ones by their number, keeps them on disk and puts them in force.
    pub(super) async fn read_decisions(
        &self,
        known: &mut KnownDecisions,
        count: u64,
    ) -> Result<(), InsertError> {
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
                tracing::warn!(
                    id = "decisions-not-saved",
                    "the file `decisions` beside the journal cannot be written"
                );
            }
            self.live_decisions.set_decisions(all);
            self.apply_decisions(now);
            tracing::info!("people's decisions about destinations have changed");
        }
        known.decisions = Some(count);
        Ok(())
    }

    /// Reads the approvals of scripts if there are new ones by their number, and gives them to the detector.
    pub(super) async fn read_approvals(
        &self,
        known: &mut KnownDecisions,
        count: u64,
    ) -> Result<(), InsertError> {
        if known.script_decisions != Some(count) {
            let approvals = known.learn(scripts::newest(&self.client).await?);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn approvals_of_scripts_are_taken_back_by_people_alone() {
        let newest = |seconds, path: &str, is_approved| NewestScriptDecision {
            decided_at: Timestamp::from_seconds(seconds),
            site: "shop".to_owned(),
            page_group: String::new(),
            script_host: "cdn.example".to_owned(),
            script_path: path.to_owned(),
            hash: String::new(),
            is_approved,
        };
        let script = |path| ApprovalTarget {
            site: "shop",
            page_group: "payment",
            host: "cdn.example",
            path,
            hash: "h",
        };
        let mut known = KnownDecisions::default();
        let approvals = known.learn(vec![newest(2, "/a.js", true), newest(2, "/b.js", true)]);
        assert_eq!(approvals.approves(script("/a.js")), Some(true));
        // A replica without the second decision, and with an older one about the first.
        let approvals = known.learn(vec![newest(1, "/a.js", false)]);
        assert_eq!(approvals.approves(script("/a.js")), Some(true));
        assert_eq!(approvals.approves(script("/b.js")), Some(true));
        let approvals = known.learn(vec![newest(3, "/a.js", false)]);
        assert_eq!(approvals.approves(script("/a.js")), Some(false));
    }
}
