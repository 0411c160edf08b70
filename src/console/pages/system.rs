//! What the installation is made of, and how it is: collectors, tables, noise.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Html;
use maud::{Markup, html};

use super::{answered, is_away};
use crate::audit::html::table::{Cell, table};
use crate::audit::html::values::number;
use crate::base::clock::{Timestamp, days};
use crate::console::Console;
use crate::console::answer::Refusal;
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

pub(in crate::console) async fn show(
    State(console): State<Arc<Console>>,
    Viewer(visitor): Viewer,
) -> Result<Html<String>, Refusal> {
    let now = Timestamp::now();
    let client = &console.client;
    let (collectors, tables, noise, drills, clickhouse_now) = answered(async {
        tokio::try_join!(
            stored::collectors(client, now - days(31)),
            tables_if_allowed(client),
            stored::noise(client, (now - days(7), now)),
            drills(client, ("", ""), (now - days(90), now), DRILLS),
            clock::ask(client),
        )
    })
    .await?;
    let body = html! {
        h1 { "System" }
        dl class="answers" {
            dt { "Console" } dd { "cspwatch " (env!("CARGO_PKG_VERSION")) }
            dt { "ClickHouse" } dd { "answers; database " code { (console.config.clickhouse.database) } }
            dt { "Clocks" } dd { (clocks(now, clickhouse_now)) }
        }
        (shown_collectors(&collectors, now))
        (shown_drills(&drills, now))
        (part("Tables", shown_tables(&tables), false))
        (part("Noise of the last 7 days, by rule", shown_noise(&noise), false))
        p class="note" {
            "Journals, certificates and the delivery of alerts are each collector's metrics: Prometheus has them and alerts \
             about them, and the dashboard Pipeline shows them."
        }
        p { a href="/api/v1/openapi.json" { "The API, as OpenAPI" } }
    };
    Ok(page("System", Section::System, (&console, &visitor), body))
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
                (table(["When", "Site", "Pages", "Result", "Begun by"], rows))
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
