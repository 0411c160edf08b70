//! What the installation is made of, and how it is: collectors, tables, noise.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::Html;
use maud::{Markup, html};

use super::is_away;
use crate::audit::html::table::{Cell, table};
use crate::audit::html::values::number;
use crate::base::clock::{Timestamp, days};
use crate::console::Console;
use crate::console::layout::{Section, page, part};
use crate::console::visitor::Viewer;
use crate::console::words::{ago, ago_words};
use crate::store::client::Client;
use crate::store::clock;
use crate::store::console::{self as stored, NoiseReason, SeenCollector, StoredTable};
use crate::store::drills::{Drill, drills};
use crate::store::error::InsertError;

/// Drills that the page shows.
const DRILLS: u64 = 20;

/// How long ClickHouse may take. Whoever looks here wants to know at once that it does not answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// What ClickHouse says.
struct Stored {
    collectors: Vec<SeenCollector>,
    tables: Vec<StoredTable>,
    noise: Vec<NoiseReason>,
    drills: Vec<Drill>,
    now: Timestamp,
}

pub(in crate::console) async fn show(
    State(console): State<Arc<Console>>,
    Viewer(visitor): Viewer,
) -> Html<String> {
    let now = Timestamp::now();
    let stored = match tokio::time::timeout(PATIENCE, read(&console.client, now)).await {
        Ok(Ok(stored)) => Ok(stored),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no answer within {} seconds", PATIENCE.as_secs())),
    };
    let body = html! {
        h1 { "System" }
        dl class="answers" {
            dt { "Console" } dd { "runs: cspwatch " (env!("CARGO_PKG_VERSION")) }
            dt { "ClickHouse" }
            dd {
                @match &stored {
                    Ok(_) => { "answers; database " code { (console.config.clickhouse.database) } },
                    Err(why) => { span class="chip urgent" { "away" } " " (why) },
                }
            }
            @if let Ok(stored) = &stored { dt { "Clocks" } dd { (clocks(now, stored.now)) } }
        }
        @if let Ok(stored) = &stored { (shown(stored, now)) } @else {
            p {
                "Collectors go on without it: they take reports, raise alerts, and keep what it does not take. Their metrics and \
                 the dashboard Pipeline say how much that is."
            }
        }
        p class="note" {
            "Journals, certificates and the delivery of alerts are each collector's metrics: Prometheus has them and alerts \
             about them, and the dashboard Pipeline shows them."
        }
        p { a href="/api/v1/openapi.json" { "The API, as OpenAPI" } }
    };
    page("System", Section::System, (&console, &visitor), body)
}

async fn read(client: &Client, now: Timestamp) -> Result<Stored, InsertError> {
    let (collectors, tables, noise, drills, now) = tokio::try_join!(
        stored::collectors(client, now - days(31)),
        tables_if_allowed(client),
        stored::noise(client, (now - days(7), now)),
        drills(client, ("", ""), (now - days(90), now), DRILLS),
        clock::ask(client),
    )?;
    Ok(Stored { collectors, tables, noise, drills, now })
}

fn shown(stored: &Stored, now: Timestamp) -> Markup {
    html! {
        (shown_collectors(&stored.collectors, now))
        (shown_drills(&stored.drills, now))
        (part("Tables", shown_tables(&stored.tables), false))
        (part("Noise of the last 7 days, by rule", shown_noise(&stored.noise), false))
    }
}

fn shown_drills(drills: &[Drill], now: Timestamp) -> Markup {
    let rows = drills.iter().map(|drill| {
        let last = drill.stages.last();
        let result = match (drill.passed, last) {
            (true, Some((_, seconds))) => format!("passed after {seconds:.1} s"),
            (true, None) => "passed".to_owned(),
            (false, _) => format!("not passed: {}", drill.why),
        };
        [
            Cell::Text(ago_words(drill.at, now)),
            Cell::text(&drill.site),
            Cell::text(&drill.page_group),
            Cell::Text(result),
            Cell::text(&drill.by),
        ]
    });
    html! {
        section {
            h2 { "Drills" }
            @if drills.is_empty() {
                p { "None within 90 days. " code { "cspwatch drill SITE" } " tries whether a report reaches the pager." }
            } @else {
                div class="scroll" tabindex="0" role="region" aria-label="Drills" {
                    (table(["When", "Site", "Page group", "Result", "Begun by"], rows))
                }
            }
        }
    }
}

/// ClickHouse keeps them in its database `system`, which this user need not read.
async fn tables_if_allowed(client: &Client) -> Result<Vec<StoredTable>, InsertError> {
    Ok(stored::tables(client).await.unwrap_or_default())
}

fn clocks(now: Timestamp, other: Timestamp) -> String {
    let apart = now.distance(other);
    if apart.as_secs() < 5 {
        return "the console's and ClickHouse's are within five seconds".to_owned();
    }
    format!(
        "the console's and ClickHouse's are {} s apart: one of them is wrong",
        number(apart.as_secs())
    )
}

fn shown_collectors(collectors: &[SeenCollector], now: Timestamp) -> Markup {
    html! {
        section {
            h2 { "Collectors" }
            @if collectors.is_empty() { p class="warning" { "None has worked within a month." } }
            ul class="lines" {
                @for collector in collectors {
                    li {
                        code { (collector.collector) } " "
                        @if is_away(collector, now) { span class="chip urgent" { "away" } }
                        @else { span class="chip good" { "at work" } }
                        " version " (collector.version) ", rules " code { (collector.rules) } ", last " (ago(collector.last_seen, now))
                    }
                }
            }
        }
    }
}

fn shown_tables(tables: &[StoredTable]) -> Markup {
    if tables.is_empty() {
        return html! { p { "ClickHouse does not let this user read system.parts." } };
    }
    let rows = tables.iter().map(|stored| {
        [
            Cell::text(&stored.table),
            Cell::Number(stored.rows),
            Cell::Number(stored.bytes / 1_048_576),
        ]
    });
    table(["Table", "Rows", "MiB"], rows)
}

fn shown_noise(noise: &[NoiseReason]) -> Markup {
    let rows = noise.iter().map(|noise| [Cell::text(&noise.reason), Cell::Number(noise.reports)]);
    table(["Rule", "Reports"], rows)
}
