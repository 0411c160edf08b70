//! One violation with its reports, as they are stored.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Html;
use maud::{Markup, html};

use super::query;
use crate::audit::html::table::{Cell, table};
use crate::audit::html::values::number;
use crate::base::display::defanged;
use crate::console::Console;
use crate::console::answer::Refusal;
use crate::console::fields::Query;
use crate::console::glossary::{meaning, place_of};
use crate::console::layout::{Section, page};
use crate::console::links;
use crate::console::pages::{answered, check_site};
use crate::console::visitor::Viewer;
use crate::console::words::{disposition_words, engine_words};
use crate::decisions::destination_of;
use crate::store::reports::{self, ReportGroup, StoredReport, ViolationTag};

/// Rows that are shown.
const ROWS: u64 = 100;

/// The page of a violation.
pub(super) fn address(group: &ReportGroup, range: &str) -> String {
    let path = links::path(&["reports", &group.site, &format!("{:032x}", group.fingerprint)]);
    links::with_query(&path, [("range", range)])
}

pub(in crate::console) async fn show(
    State(console): State<Arc<Console>>,
    Viewer(visitor): Viewer,
    Path((site, fingerprint)): Path<(String, String)>,
    Query(fields): Query,
) -> Result<Html<String>, Refusal> {
    check_site(&console, &site)?;
    let fingerprint = u128::from_str_radix(&fingerprint, 16)
        .map_err(|_| Refusal::not_found("there is no such violation"))?;
    let query = query(&fields, ROWS)?;
    let span = (query.from, query.to);
    let found = reports::of_violation(&console.client, (&site, fingerprint), span, ROWS);
    let tags = reports::tags_of_violation(&console.client, (&site, fingerprint), span, ROWS);
    let (rows, tags) = answered(async { tokio::try_join!(found, tags) }).await?;
    let Some(newest) = rows.first() else {
        return Err(Refusal::not_found("no stored report of this time is of this violation"));
    };
    let body = markup((&site, newest), &rows, &tags);
    Ok(page("A violation", Section::Reports, (&console, &visitor), body))
}

/// The orders and sessions that it touched.
fn orders(tags: &[ViolationTag]) -> Markup {
    let rows = tags.iter().map(|tag| {
        [
            Cell::text(&tag.tag),
            Cell::text(if tag.signed { "yes" } else { "no" }),
            Cell::Time(tag.last),
            Cell::Number(tag.reports),
        ]
    });
    html! {
        @if !tags.is_empty() {
            h2 { "Tags of orders and sessions" }
            div class="scroll" tabindex="0" role="region" aria-label="Tags of orders and sessions" {
                (table(["Tag", "Signed", "Last", "Reports"], rows))
            }
        }
    }
}

/// Where in the script; empty: the browser did not say.
fn place(line: u32, column: u32) -> String {
    match (line, column) {
        (0, _) => String::new(),
        (line, 0) => format!("line {line}"),
        (line, column) => format!("line {line}, column {column}"),
    }
}

fn markup(
    (site, newest): (&str, &StoredReport),
    rows: &[StoredReport],
    tags: &[ViolationTag],
) -> Markup {
    let address = |host: &str, path: &str| format!("{}{path}", defanged(host));
    let explained = |sort: &str, word: &str| match meaning(sort, word) {
        "" => word.to_owned(),
        meaning => format!("{word}: {meaning}"),
    };
    let facts = [
        ("Kind", explained("kind", &newest.kind)),
        ("Directive", newest.directive.clone()),
        ("Disposition", disposition_words(&newest.disposition).to_owned()),
        ("Verdict", explained("verdict", &newest.verdict)),
        ("Address", address(&newest.blocked_host, &newest.blocked_path)),
        ("Page", address(&newest.document_host, &newest.document_path)),
        ("Script", address(&newest.source_host, &newest.source_path)),
        ("Place", place(newest.line, newest.column)),
        ("Sample", newest.sample.clone()),
        ("Detail", newest.detail.clone()),
        ("Policy", newest.policy_hash.clone()),
        ("Card number in a URL", if newest.pan_in_url { "yes" } else { "no" }.to_owned()),
    ];
    let cells = rows.iter().map(|row| {
        [
            Cell::Time(row.received_at),
            Cell::text(&row.page_group),
            Cell::text(engine_words(&row.engine, row.engine_version)),
            Cell::text(&row.verdict),
            Cell::Number(row.count),
            Cell::Number(row.clients.into()),
        ]
    });
    html! {
        p class="kind" { "A violation on " (site) }
        h1 class="host" { (newest.directive) " " (address(&newest.blocked_host, &newest.blocked_path)) }
        @if destination_of(&newest.destination).is_ok() {
            p { "Its destination: " a href=(links::destination(site, &newest.destination)) { (defanged(&newest.destination)) } }
        }
        dl class="answers" {
            @for (name, value) in facts.iter().filter(|(_, value)| !value.is_empty()) { dt { (name) } dd { (value) } }
            dt { "Reason" } dd { a href=(place_of("reason", &newest.reason)) { (newest.reason) } }
        }
        (orders(tags))
        h2 { "Its reports, the latest first" }
        p class="note" { "Reports of one violation that arrive within seconds are one row with a count. "
            "At most " (number(ROWS)) " rows." }
        div class="scroll" tabindex="0" role="region" aria-label="Its reports" {
            (table(["Received", "Page group", "Engine", "Verdict", "Reports", "Visitors"], cells))
        }
    }
}
