//! Findings, alerts, and all about one destination.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::{Part, ok, time};
use crate::audit::incident::json::as_json;
use crate::base::clock::{Timestamp, days};
use crate::console::Console;
use crate::console::answer::Refusal;
use crate::console::fields::Query;
use crate::console::pages::{OPEN, answered, destination as page};
use crate::console::visitor::Viewer;
use crate::store::findings::{self as stored, AlertsAbout, FindingQuery, OpenFinding, StoredAlert};

/// Pages, scripts and tags of a destination.
const ALL: u64 = 100_000;

pub(in crate::console) async fn findings(
    State(console): State<Arc<Console>>,
    Viewer(_): Viewer,
    Query(fields): Query,
) -> Result<Response, Refusal> {
    let (part, now) = (Part::of(&fields)?, Timestamp::now());
    let Part { limit, offset } = part;
    let query = FindingQuery { site: fields.text("site"), since: now - OPEN, now, limit, offset };
    let found = answered(stored::open(&console.client, query)).await?;
    Ok(ok(&json!({
        "findings": found.iter().map(finding).collect::<Vec<_>>(),
        "cursor": part.next(found.len()),
    })))
}

pub(in crate::console) async fn alerts(
    State(console): State<Arc<Console>>,
    Viewer(_): Viewer,
    Query(fields): Query,
) -> Result<Response, Refusal> {
    let (part, now) = (Part::of(&fields)?, Timestamp::now());
    let since = time("since", fields.text("since"))?.unwrap_or(now - days(7));
    let Part { limit, offset } = part;
    let query = FindingQuery { site: fields.text("site"), since, now, limit, offset };
    let found = answered(stored::alerts(&console.client, AlertsAbout::Anything, query)).await?;
    Ok(ok(&json!({
        "alerts": found.iter().map(alert).collect::<Vec<_>>(),
        "cursor": part.next(found.len()),
    })))
}

pub(in crate::console) async fn destination(
    State(console): State<Arc<Console>>,
    Viewer(_): Viewer,
    Path((site, destination)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let found = page::read(&console, &site, &destination, ALL).await?;
    let Some(window) = found.window() else { return Err(found.unknown()) };
    let mut value = as_json(window);
    value["alerts"] = found.alerts().iter().map(alert).collect();
    Ok(ok(&value))
}

fn finding(finding: &OpenFinding) -> Value {
    let decision = (!finding.decision.is_empty()).then(|| {
        json!({
            "at": finding.decided_at.to_string(),
            "decision": finding.decision,
            "directive": finding.directive,
            "page_group": finding.page_group,
            "by": finding.by,
            "why": finding.why,
            "until": finding.until.map(|until| until.to_string()),
        })
    });
    json!({
        "site": finding.site,
        "destination": finding.destination,
        "destinations": finding.destinations,
        "page_groups": finding.page_groups,
        "severity": if finding.is_page { "page" } else { "ticket" },
        "alerts": finding.alerts,
        "first_alert": finding.first_alert.to_string(),
        "last_alert": finding.last_alert.to_string(),
        "score": finding.score.map(|score| (score * 100.0).round() / 100.0),
        "reasons": finding.reasons,
        "first_seen": finding.first_seen.to_string(),
        "last_seen": finding.last_seen.to_string(),
        "reports": finding.reports,
        "clients": finding.clients,
        "channels": finding.channels,
        "dispositions": finding.dispositions,
        "decision": decision,
    })
}

fn alert(alert: &StoredAlert) -> Value {
    json!({
        "at": alert.at.to_string(),
        "site": alert.site,
        "page_group": alert.page_group,
        "alert": alert.alert,
        "destination": alert.destination,
        "destinations": alert.destinations,
        "severity": alert.severity,
        "reasons": alert.reasons,
        "reports": alert.reports,
        "clients": alert.clients,
    })
}
