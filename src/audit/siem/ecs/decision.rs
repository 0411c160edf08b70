//! A decision as an event.

use serde_json::json;

use super::{Core, Event, EventKind, EventLevel, destination, filled, identity};
use crate::audit::script_inventory::script_name;
use crate::base::clock::Timestamp;
use crate::base::display::defanged;
use crate::decisions::{Undo, extent_words};
use crate::store::export::ExportedDecision;

/// The identity of a decision: all its columns. Where it has no directive, it is what it was before there were any.
pub(crate) fn key(decision: &ExportedDecision) -> u128 {
    let at = decision.decided_at.millis().to_string();
    let until = format!("{:?}", decision.until.map(Timestamp::millis));
    let columns = [
        "decision",
        &at,
        &decision.about,
        &decision.site,
        &decision.page_group,
        &decision.destination,
        &decision.script_host,
        &decision.script_path,
        &decision.hash,
        &decision.decision,
        &decision.by,
        &decision.why,
        &decision.owner,
        &until,
    ];
    identity(columns.into_iter().chain(filled([decision.directive.as_str()])))
}

/// The event of a decision.
pub fn decision(decision: &ExportedDecision) -> Event {
    let is_script = decision.about == "script";
    let subject = match is_script {
        true => {
            script_name(&defanged(&decision.script_host), &decision.script_path, &decision.hash)
        }
        false => defanged(&decision.destination),
    };
    let undo = decision.undo();
    let decided = match (undo, decision.decision.as_str()) {
        (Undo::ToNothing, _) => "undid the decision about".to_owned(),
        (Undo::ToItself, verb) => format!("undid the decision, so that {verb} holds again, about"),
        (Undo::No, "theft") => "called a theft:".to_owned(),
        (Undo::No, verb) => format!("decided to {verb}"),
    };
    let extent = match is_script {
        true => String::new(),
        false => extent_words(&decision.directive, &decision.page_group),
    };
    let message = format!(
        "{} {decided} the {} {subject}{extent} at {}: {}",
        decision.by, decision.about, decision.site, decision.why
    );
    let core = Core {
        kind: EventKind::Decision,
        level: EventLevel::Record,
        id: format!("{:032x}", key(decision)),
        at: decision.decided_at,
        site: &decision.site,
        page_group: &decision.page_group,
        category: &["configuration"],
        types: &["change"],
        action: &format!("{}-{}", decision.decision, decision.about),
        message,
        collector: "",
    };
    let host = if is_script { &decision.script_host } else { &decision.destination };
    let registrable = if is_script { "" } else { host };
    core.event(json!({
        "destination": destination(host, registrable, 0),
        "related": {
            "hosts": filled([host.as_str()]),
            "user": [&decision.by],
        },
        "user": { "name": decision.by },
        "event": { "reason": decision.why },
        "cspwatch": {
            "decision": decision.decision,
            "is_undo": undo != Undo::No,
            "about": decision.about,
            "destination": decision.destination,
            "directive": decision.directive,
            "by": decision.by,
            "why": decision.why,
            "owner": decision.owner,
            "until": decision.until.map(|until| until.to_string()),
            "script": {
                "host": decision.script_host,
                "path": decision.script_path,
                "hash": decision.hash,
            },
        },
    }))
}
