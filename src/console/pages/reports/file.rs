//! What is shown, as a file: CSV or JSON.

use std::io::{self, Write as _};
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;

use super::query;
use crate::audit::csv::{inert, writer};
use crate::base::display::{safe, time};
use crate::console::Console;
use crate::console::answer::Refusal;
use crate::console::api::report_group as as_json;
use crate::console::fields::Query;
use crate::console::files::{CSV, download, write_items};
use crate::console::pages::answered;
use crate::console::visitor::Viewer;
use crate::store::reports::{self, ReportGroup, ReportQuery};

/// Violations in a file.
const FILE: u64 = 10_000;

pub(in crate::console) async fn file(
    State(console): State<Arc<Console>>,
    Viewer(_): Viewer,
    Path(name): Path<String>,
    Query(fields): Query,
) -> Result<Response, Refusal> {
    let query = query(&fields, FILE)?;
    let (media_type, write): (_, Write) = match name.as_str() {
        "reports.csv" => (CSV, |_, groups| csv(groups)),
        "reports.json" => ("application/json", json),
        _ => return Err(Refusal::not_found("there are reports.csv and reports.json")),
    };
    let make = async {
        let groups = answered(reports::grouped(&console.client, &query)).await?;
        Ok(write(&query, &groups)?)
    };
    Ok(download(&name, media_type, console.large.make(make).await?))
}

type Write = fn(&ReportQuery<'_>, &[ReportGroup]) -> io::Result<Vec<u8>>;

fn json(query: &ReportQuery<'_>, groups: &[ReportGroup]) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    write!(text, r#"{{"from":"{}","to":"{}","reports":["#, query.from, query.to)?;
    write_items(&mut text, groups.iter().map(as_json))?;
    text.extend_from_slice(b"]}");
    Ok(text)
}

fn csv(groups: &[ReportGroup]) -> io::Result<Vec<u8>> {
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
        "card_number",
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
        let card_number = if group.pan_in_url { "yes" } else { "no" }.to_owned();
        let reports = group.reports.to_string();
        let figures = [time(group.first), time(group.last), reports, card_number];
        lines.write_record(texts.into_iter().chain(figures))?;
    }
    lines.flush()?;
    drop(lines);
    Ok(text)
}
