//! Reports by violation.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde_json::{Value, json};

use super::{Part, ok, time};
use crate::base::clock::{DAY, Timestamp};
use crate::console::Console;
use crate::console::answer::Refusal;
use crate::console::fields::Query;
use crate::console::pages::answered;
use crate::console::visitor::Viewer;
use crate::store::reports::{self as stored, ReportGroup, ReportQuery};

pub(in crate::console) async fn reports(
    State(console): State<Arc<Console>>,
    Viewer(_): Viewer,
    Query(fields): Query,
) -> Result<Response, Refusal> {
    let part = Part::of(&fields)?;
    let to = time("to", fields.text("to"))?.unwrap_or_else(Timestamp::now);
    let from = time("from", fields.text("from"))?.unwrap_or(to - DAY);
    let Part { limit, offset } = part;
    let query = ReportQuery { from, to, limit, offset, ..fields.report_filters() };
    let found = answered(stored::grouped(&console.client, &query)).await?;
    Ok(ok(&json!({
        "from": from.to_string(),
        "to": to.to_string(),
        "reports": found.iter().map(report_group).collect::<Vec<_>>(),
        "cursor": part.next(found.len()),
    })))
}

/// A violation with its reports, as JSON.
pub(in crate::console) fn report_group(group: &ReportGroup) -> Value {
    json!({
        "fingerprint": format!("{:032x}", group.fingerprint),
        "site": group.site,
        "page_group": group.page_group,
        "verdict": group.verdict,
        "reason": group.reason,
        "kind": group.kind,
        "directive": group.directive,
        "disposition": group.disposition,
        "destination": group.destination,
        "blocked_host": group.blocked_host,
        "blocked_path": group.blocked_path,
        "document_host": group.document_host,
        "document_path": group.document_path,
        "source_host": group.source_host,
        "source_path": group.source_path,
        "engine": group.engine,
        "pan_in_url": group.pan_in_url,
        "first_seen": group.first.to_string(),
        "last_seen": group.last.to_string(),
        "reports": group.reports,
    })
}
