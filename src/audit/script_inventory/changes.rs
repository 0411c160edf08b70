//! What happened to the scripts, in the order of time.

use super::InventoryScript;
use crate::base::clock::Timestamp;
use crate::store::scripts::RecordedScriptDecision;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptChange<'a> {
    /// When.
    pub at: Timestamp,
    /// On these pages; of a decision, empty: on all.
    pub page_group: &'a str,
    /// Of which script.
    pub host: &'a str,
    /// Its path.
    pub path: &'a str,
    /// `appeared`, `changed`, `approved` or `revoked`.
    pub what: &'static str,
    /// What it holds then; of a decision, empty: whatever it holds.
    pub hash: &'a str,
    /// The decision.
    pub decided: Option<&'a RecordedScriptDecision>,
}

/// All of it from a time until another.
pub fn changes<'a>(
    scripts: &'a [InventoryScript],
    decided: &'a [RecordedScriptDecision],
    (from, to): (Timestamp, Timestamp),
) -> Vec<ScriptChange<'a>> {
    let reported = scripts.iter().flat_map(|script| {
        script.contents.iter().map(move |content| {
            let is_older = |other: &&super::ScriptContent| {
                other.page_group == content.page_group && other.first < content.first
            };
            let is_change = script.contents.iter().any(|other| is_older(&other));
            ScriptChange {
                at: content.first,
                page_group: &content.page_group,
                host: &script.host,
                path: &script.path,
                what: if is_change { "changed" } else { "appeared" },
                hash: &content.hash,
                decided: None,
            }
        })
    });
    let decisions = decided.iter().map(|decision| ScriptChange {
        at: decision.decided_at,
        page_group: &decision.page_group,
        host: &decision.script_host,
        path: &decision.script_path,
        what: if decision.decision == "approve" { "approved" } else { "revoked" },
        hash: &decision.hash,
        decided: Some(decision),
    });
    let mut changes: Vec<ScriptChange<'_>> =
        reported.chain(decisions).filter(|change| from <= change.at && change.at < to).collect();
    changes.sort_by_key(|change| {
        (change.at, change.host, change.path, change.page_group, change.hash)
    });
    changes
}
