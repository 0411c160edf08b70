//! What is shown, as a file: CSV or JSON.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::json;

use super::query;
use crate::audit::csv::{inert, writer};
use crate::base::display::{safe, time};
use crate::console::Console;
use crate::console::answer::Refusal;
use crate::console::api::report_group as as_json;
use crate::console::fields::Query;
use crate::console::files::download;
use crate::console::pages::answered;
use crate::console::visitor::Viewer;
use crate::store::reports::{self, ReportGroup};

/// Violations in a file.
const FILE: u64 = 10_000;

pub(in crate::console) async fn file(
    State(console): State<Arc<Console>>,
    Viewer(_): Viewer,
    Path(name): Path<String>,
    Query(fields): Query,
) -> Result<Response, Refusal> {
    let query = query(&fields, FILE)?;
    let groups = answered(reports::grouped(&console.client, &query)).await?;
    match name.as_str() {
        "reports.csv" => Ok(download("reports.csv", "text/csv; charset=utf-8", csv(&groups)?)),
        "reports.json" => {
            let object = json!({
                "from": query.from.to_string(),
                "to": query.to.to_string(),
                "reports": groups.iter().map(as_json).collect::<Vec<_>>(),
            });
            Ok(download("reports.json", "application/json", object.to_string().into_bytes()))
        }
        _ => Err(Refusal::not_found("there are reports.csv and reports.json")),
    }
}

fn csv(groups: &[ReportGroup]) -> std::io::Result<Vec<u8>> {
    let mut text = Vec::new();
    let mut lines = writer(&mut text);
    lines.write_record([
        "site",
        "page_group",
        "verdict",
        "reason",
        "kind",
        "directive",
        "disposition",
        "destination",
        "blocked_host",
        "blocked_path",
        "document_host",
        "document_path",
        "source_host",
        "source_path",
        "engine",
        "first_seen",
        "last_seen",
        "reports",
    ])?;
    for group in groups {
        let texts = [
            &group.site,
            &group.page_group,
            &group.verdict,
            &group.reason,
            &group.kind,
            &group.directive,
            &group.disposition,
            &group.destination,
            &group.blocked_host,
            &group.blocked_path,
            &group.document_host,
            &group.document_path,
            &group.source_host,
            &group.source_path,
            &group.engine,
        ];
        let texts = texts.map(|text| inert(&safe(text)).into_owned());
        let figures = [time(group.first), time(group.last), group.reports.to_string()];
        lines.write_record(texts.into_iter().chain(figures))?;
    }
    lines.flush()?;
    drop(lines);
    Ok(text)
}
