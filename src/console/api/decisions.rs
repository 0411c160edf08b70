//! What programs write: decisions, approvals of scripts, releases.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::{created, sites, time};
use crate::console::Console;
use crate::console::answer::Refusal;
use crate::console::decide::{self, Wanted};
use crate::console::scripts::{self, WantedApproval};
use crate::console::visitor::{AdminJson, ResponderJson};

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
