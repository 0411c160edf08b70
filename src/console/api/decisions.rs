//! What people and programs decided, and what programs write: decisions, approvals of scripts, releases.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Part, created, ok, sites, time};
use crate::base::clock::Timestamp;
use crate::console::Console;
use crate::console::answer::Refusal;
use crate::console::decide::{self, Wanted};
use crate::console::fields::Query;
use crate::console::pages::decisions::{Filter, read};
use crate::console::scripts::{self, WantedApproval};
use crate::console::visitor::{AdminJson, ResponderJson, Viewer};
use crate::store::all_decisions::{MadeDecision, Outcome, Subject};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::console) struct DecisionBody {
    site: String,
    destination: String,
    decision: String,
    /// Of an approval: only for this directive.
    #[serde(default)]
    directive: String,
    /// Of an approval: only on this page group.
    #[serde(default)]
    page_group: String,
    why: String,
    until: Option<String>,
    /// When the newest decision was made that the sender knows of; null: it knows of none.
    #[serde(default, deserialize_with = "said")]
    seen: Option<Option<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::console) struct ApprovalsBody {
    approvals: Vec<WantedApproval>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::console) struct ReleaseBody {
    site: String,
    version: String,
    #[serde(default)]
    environment: String,
    at: Option<String>,
}

/// Distinguishes null from a field that is not there.
fn said<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<String>>, D::Error> {
    Option::<String>::deserialize(deserializer).map(Some)
}

/// All decisions, the newest first.
pub(in crate::console) async fn decisions(
    State(console): State<Arc<Console>>,
    Viewer(_): Viewer,
    Query(fields): Query,
) -> Result<Response, Refusal> {
    let (part, filter) = (Part::of(&fields)?, Filter::of(&fields));
    let _turn = console.large.turn().await?;
    let all = read(&console, filter.site, Timestamp::now()).await?;
    let [limit, offset] =
        [part.limit, part.offset].map(|number| usize::try_from(number).unwrap_or(usize::MAX));
    let found: Vec<_> = filter.chosen(&all).skip(offset).take(limit).map(made_decision).collect();
    Ok(ok(&json!({ "cursor": part.next(found.len()), "decisions": found })))
}

/// A decision, and what became of it, as JSON.
pub(in crate::console) fn made_decision(made: &MadeDecision) -> Value {
    let (undone_at, undone_by) = match &made.outcome {
        Outcome::Undone { at, by } => (Some(at.to_string()), Some(by)),
        _ => (None, None),
    };
    let mut value = match &made.subject {
        Subject::Destination(decision) => decide::as_json(decision),
        Subject::Script(decision) => json!({
            "at": decision.decided_at.to_string(),
            "site": decision.site,
            "destination": "",
            "decision": decision.decision,
            "directive": "",
            "page_group": decision.page_group,
            "by": decision.by,
            "why": decision.justification,
            "until": null,
            "script": {
                "host": decision.script_host,
                "path": decision.script_path,
                "hash": decision.hash,
                "owner": decision.owner,
            },
        }),
    };
    value["about"] = json!(made.about());
    value["is_undo"] = json!(made.is_undo());
    value["in_force"] = json!(made.outcome == Outcome::InForce);
    value["undone_at"] = json!(undone_at);
    value["undone_by"] = json!(undone_by);
    value
}

pub(in crate::console) async fn decide(
    State(console): State<Arc<Console>>,
    ResponderJson(visitor, body): ResponderJson<DecisionBody>,
) -> Result<Response, Refusal> {
    let seen = body.seen.map(|seen| time("seen", &seen.unwrap_or_default())).transpose()?;
    let wanted = Wanted {
        site: &body.site,
        destination: &body.destination,
        decision: &body.decision,
        directive: &body.directive,
        page_group: &body.page_group,
        why: &body.why,
        until: time("until", &body.until.unwrap_or_default())?,
        seen,
    };
    let decided = decide::decide(&console, &visitor.person, &wanted).await?;
    Ok(created(&decide::as_json(&decided)))
}

pub(in crate::console) async fn approve(
    State(console): State<Arc<Console>>,
    Path(site): Path<String>,
    AdminJson(visitor, body): AdminJson<ApprovalsBody>,
) -> Result<Response, Refusal> {
    let approved = scripts::approve(&console, &visitor.person, &site, &body.approvals).await?;
    Ok(created(&json!({ "approved": approved })))
}

pub(in crate::console) async fn release(
    State(console): State<Arc<Console>>,
    ResponderJson(visitor, body): ResponderJson<ReleaseBody>,
) -> Result<Response, Refusal> {
    let ReleaseBody { site, version, environment, at } = body;
    let at = time("at", &at.unwrap_or_default())?;
    let texts = (site.as_str(), version.as_str(), environment.as_str());
    let release = crate::console::releases::mark(&console, &visitor.person, texts, at).await?;
    Ok(created(&sites::release(&release)))
}
