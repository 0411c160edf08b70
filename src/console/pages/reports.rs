//! Reports: search, filters, and what is shown as CSV or JSON. Every filter is a part of the address, so a view is a link.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::Html;
use maud::{Markup, html};

use super::{answered, sites};
use crate::audit::html::values::number;
use crate::base::clock::{DAY, HOUR, MINUTE, Timestamp, days};
use crate::base::display::defanged;
use crate::console::Console;
use crate::console::answer::Refusal;
use crate::console::fields::{Fields, Query};
use crate::console::glossary::place_of;
use crate::console::layout::{Section, neighbours, page};
use crate::console::links;
use crate::console::sparkline::sparkline;
use crate::console::visitor::Viewer;
use crate::console::words::ago;
use crate::decisions::destination_of;
use crate::store::reports::{self, ReportGroup, ReportQuery, TrendStep};

mod file;
mod filter;
mod violation;

pub(in crate::console) use file::file;
pub(in crate::console) use violation::show as violation;

/// Violations on a page.
const SHOWN: u64 = 50;
/// Bars of a small picture.
const BARS: u32 = 30;

/// How far back, in words.
const RANGES: [(&str, &str, Duration); 5] = [
    ("1h", "1 hour", HOUR),
    ("24h", "24 hours", DAY),
    ("7d", "7 days", days(7)),
    ("30d", "30 days", days(30)),
    ("90d", "90 days", days(90)),
];

/// The longest of them.
const WIDEST: &str = "90d";

/// The fields of the filter, by their names in the address.
const FILTERS: [&str; 9] = [
    "site",
    "page_group",
    "verdict",
    "kind",
    "directive",
    "destination",
    "engine",
    "text",
    "range",
];

struct Shown<'a> {
    fields: &'a Fields,
    query: ReportQuery<'a>,
    groups: Vec<ReportGroup>,
    trend: Vec<TrendStep>,
    sites: Vec<String>,
}

pub(in crate::console) async fn show(
    State(console): State<Arc<Console>>,
    Viewer(visitor): Viewer,
    Query(fields): Query,
) -> Result<Html<String>, Refusal> {
    let query = query(&fields, SHOWN)?;
    let client = &console.client;
    let span = (query.from, query.to);
    let (groups, trend, sites) = answered(async {
        let (groups, sites) = tokio::try_join!(reports::grouped(client, &query), sites(&console))?;
        let trend = match &groups[..] {
            [] => Vec::new(),
            groups => reports::trend(client, groups, span, step(&query)).await?,
        };
        Ok((groups, trend, sites.into_iter().collect()))
    })
    .await?;
    let shown = Shown { fields: &fields, query, groups, trend, sites };
    Ok(page("Reports", Section::Reports, (&console, &visitor), shown.markup(&console)))
}

fn query(fields: &Fields, limit: u64) -> Result<ReportQuery<'_>, Refusal> {
    let range = RANGES.iter().find(|(name, ..)| *name == fields.text("range"));
    let length = range.map_or(DAY, |(.., length)| *length);
    // To the minute: whoever goes to the next page sees the same reports.
    let to = Timestamp::now().floor(MINUTE) + MINUTE;
    let offset = match fields.text("after") {
        "" => 0,
        text => text.parse().map_err(|_| Refusal::unusable("after must be a number"))?,
    };
    Ok(ReportQuery { from: to - length, to, limit, offset, ..fields.report_filters() })
}

/// The length of a bar, in seconds.
fn step(query: &ReportQuery<'_>) -> u32 {
    u32::try_from(query.to.since(query.from).as_secs()).unwrap_or(u32::MAX) / BARS
}

impl Shown<'_> {
    fn markup(&self, console: &Console) -> Markup {
        let first = self.query.offset + 1;
        html! {
            h1 { "Reports" }
            (self.filter(console))
            @if self.groups.is_empty() {
                p class="lead" { "Nothing in the last " (self.range_words()) " is like that." }
                @if self.fields.text("range") != WIDEST {
                    p { a href=(self.address("/reports", &[("range", WIDEST)])) { "Look at the last 90 days" } }
                }
            } @else {
                p class="note" {
                    "Violations " (number(first)) " to " (number(self.query.offset + self.groups.len() as u64))
                    " of " (number(self.violations())) ", those with most reports first. "
                }
                p class="links" {
                    a href=(self.address("/reports/files/reports.csv", &[])) { "CSV" }
                    a href=(self.address("/reports/files/reports.json", &[])) { "JSON" }
                }
                (self.table())
                (self.pages())
            }
        }
    }

    /// How many there are, on all pages.
    fn violations(&self) -> u64 {
        self.groups.first().map_or(0, |group| group.violations)
    }

    fn range_words(&self) -> &'static str {
        let chosen = RANGES.iter().find(|(name, ..)| *name == self.fields.text("range"));
        chosen.map_or("24 hours", |(_, words, _)| words)
    }

    /// This view at another path, or with other fields.
    fn address(&self, path: &str, other: &[(&str, &str)]) -> String {
        let kept = FILTERS.iter().map(|name| {
            let changed = other.iter().find(|(field, _)| field == name);
            (*name, changed.map_or_else(|| self.fields.text(name), |(_, value)| *value))
        });
        let after = other.iter().filter(|(name, _)| *name == "after").copied();
        links::with_query(path, kept.chain(after))
    }

    fn table(&self) -> Markup {
        let pictures = self.pictures();
        let now = self.query.to;
        html! {
            div class="scroll" tabindex="0" role="region" aria-label="Violations" {
                table class="reports" {
                    thead {
                        tr {
                            th scope="col" { "What" }
                            th scope="col" { "Where" }
                            th scope="col" { "Verdict" }
                            th scope="col" class="number" { "Reports" }
                            th scope="col" { "Trend" }
                            th scope="col" { "Last" }
                        }
                    }
                    tbody {
                        @for group in &self.groups {
                            tr {
                                td class="long" data-name="What" {
                                    a href=(violation::address(group, self.fields.text("range"))) { (what(group)) }
                                    @if group.pan_in_url { " " span class="chip urgent" { "card number" } }
                                    @if destination_of(&group.destination).is_ok() {
                                        br; span class="note" { "Destination: "
                                            a href=(links::destination(&group.site, &group.destination)) { (defanged(&group.destination)) }
                                        }
                                    }
                                }
                                td class="long" data-name="Where" {
                                    (group.site) " "
                                    a href=(self.address("/reports", &[("page_group", &group.page_group)])) { (group.page_group) }
                                    br; (group.document_path)
                                }
                                td data-name="Verdict" {
                                    a href=(self.address("/reports", &[("verdict", &group.verdict)])) { (group.verdict) }
                                    br; span class="note" { a href=(place_of("reason", &group.reason)) { (group.reason) } }
                                }
                                td class="number" data-name="Reports" { (number(group.reports)) }
                                td data-name="Trend" {
                                    @if let Some(picture) = pictures.get(&group.fingerprint) {
                                        (sparkline(picture, "Reports over this time"))
                                    }
                                }
                                td data-name="Last" { (ago(group.last, now)) }
                            }
                        }
                    }
                }
            }
        }
    }

    fn pictures(&self) -> HashMap<u128, Vec<u64>> {
        let step = i64::from(step(&self.query).max(1));
        let begin = self.query.from.seconds() / step;
        let mut pictures: HashMap<u128, Vec<u64>> = HashMap::new();
        for part in &self.trend {
            let bars =
                pictures.entry(part.fingerprint).or_insert_with(|| vec![0; BARS as usize + 1]);
            let place = usize::try_from(i64::from(part.time) / step - begin).unwrap_or_default();
            if let Some(bar) = bars.get_mut(place) {
                *bar += part.reports;
            }
        }
        pictures
    }

    fn pages(&self) -> Markup {
        neighbours((self.query.offset, SHOWN, self.violations()), |after| {
            self.address("/reports", &[("after", after)])
        })
    }
}

/// What a violation is about, in a line.
fn what(group: &ReportGroup) -> String {
    let blocked = match group.blocked_host.as_str() {
        "" if group.destination.is_empty() => group.blocked_path.clone(),
        "" => defanged(&group.destination),
        host => format!("{}{}", defanged(host), group.blocked_path),
    };
    let what = if group.directive.is_empty() { &group.kind } else { &group.directive };
    match blocked.as_str() {
        "" => what.clone(),
        blocked => format!("{what}: {blocked}"),
    }
}
