//! The inventory as JSON.

use serde_json::{Value, json as object};

use super::{InventoryScript, ScriptChange};
use crate::base::display::time;
use crate::store::scripts::RecordedScriptDecision;

/// The public form; docs/commands/scripts.md describes it.
pub fn json(site: &str, scripts: &[InventoryScript], changes: &[ScriptChange<'_>]) -> Value {
    object!({
        "site": site,
        "scripts": scripts.iter().map(script_json).collect::<Vec<_>>(),
        "changes": changes.iter().map(|change| object!({
            "at": time(change.at),
            "page_group": change.page_group,
            "host": change.host,
            "path": change.path,
            "what": change.what,
            "hash": change.hash,
            "decided": change.decided.map(decided_json),
        })).collect::<Vec<_>>(),
    })
}

fn script_json(script: &InventoryScript) -> Value {
    let (first, last) = script.seen();
    object!({
        "host": script.host,
        "path": script.path,
        "page_groups": script.page_groups(),
        "first_seen": time(first),
        "last_seen": time(last),
        "readable": script.is_readable(),
        "approved": script.approval().as_str(),
        "approval": script.newest_approval().map(decided_json),
        "violations": script.failed("csp"),
        "integrity_missing": script.failed("integrity"),
        "integrity_failed": script.failed("sri_failure"),
        "contents": script.contents.iter().map(|content| object!({
            "page_group": content.page_group,
            "hash": content.hash,
            "first_seen": time(content.first),
            "last_seen": time(content.last),
            "in_use": content.is_in_use,
            "approval": content.approval.as_ref().map(decided_json),
        })).collect::<Vec<_>>(),
    })
}

fn decided_json(decided: &RecordedScriptDecision) -> Value {
    object!({
        "at": time(decided.decided_at),
        "page_group": decided.page_group,
        "hash": decided.hash,
        "by": decided.by,
        "owner": decided.owner,
        "justification": decided.justification,
    })
}
