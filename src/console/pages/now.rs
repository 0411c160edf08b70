//! What needs a person now.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::Html;
use maud::{Markup, html};

use super::{OPEN, answered, is_away};
use crate::audit::html::values::{count, number};
use crate::base::clock::{DAY, Timestamp, days};
use crate::base::display::{day, defanged, defanged_words};
use crate::console::Console;
use crate::console::answer::Refusal;
use crate::console::layout::{Section, page};
use crate::console::links;
use crate::console::visitor::Viewer;
use crate::console::words::{ago, alert_words, decision_words, severity_words};
use crate::decisions::standings;
use crate::store::console::{HeardPageGroup, SeenCollector, collectors, page_groups};
use crate::store::decisions::{self, StoredDecision};
use crate::store::findings::{
    self, AlertsAbout, FindingHour, FindingQuery, OpenFinding, StoredAlert,
};

/// As many findings as a person goes through; a link leads to the rest.
const FINDINGS: u64 = 50;
/// Alerts and decisions beside them.
const BESIDE: u64 = 10;
/// The range of the small pictures.
const PICTURE: Duration = days(7);
mod finding;

pub(in crate::console) use finding::blocked;

struct Now {
    findings: Vec<OpenFinding>,
    hours: Vec<FindingHour>,
    alerts: Vec<StoredAlert>,
    decisions: Vec<StoredDecision>,
    page_groups: Vec<HeardPageGroup>,
    collectors: Vec<SeenCollector>,
    at: Timestamp,
}

pub(in crate::console) async fn show(
    State(console): State<Arc<Console>>,
    Viewer(visitor): Viewer,
) -> Result<Html<String>, Refusal> {
    let now = read(&console, Timestamp::now()).await?;
    Ok(page("Now", Section::Now, (&console, &visitor), now.markup()))
}

async fn read(console: &Console, at: Timestamp) -> Result<Now, Refusal> {
    let client = &console.client;
    let query = FindingQuery { site: "", since: at - OPEN, now: at, limit: FINDINGS, offset: 0 };
    let week = FindingQuery { since: at - days(7), limit: BESIDE, ..query };
    answered(async {
        let (findings, alerts, decisions, page_groups, collectors) = tokio::try_join!(
            findings::open(client, query),
            findings::alerts(client, AlertsAbout::NoSingleDestination, week),
            decisions::latest(client, "", BESIDE),
            page_groups(client, "", at),
            collectors(client, at - days(7)),
        )?;
        let hours = match &findings[..] {
            [] => Vec::new(),
            findings => findings::hours(client, findings, at - PICTURE).await?,
        };
        Ok(Now { findings, hours, alerts, decisions, page_groups, collectors, at })
    })
    .await
}

impl Now {
    fn markup(&self) -> Markup {
        let (handled, open): (Vec<_>, Vec<_>) =
            self.findings.iter().partition(|finding| is_handled(finding));
        let urgent = open.iter().filter(|finding| finding.is_page).count();
        html! {
            h1 {
                @match (urgent, open.len(), handled.len()) {
                    (_, 0, 0) => "Nothing needs a person",
                    (_, 0, 1) => "1 theft is being handled, and nothing else needs a person",
                    (_, 0, thefts) => { (number(thefts as u64)) " thefts are being handled, and nothing else needs a person" },
                    (0, all, _) => (needs(all, "finding")),
                    (urgent, _, _) => (needs(urgent, "urgent finding")),
                }
            }
            @if self.findings.is_empty() { (self.all_quiet()) }
            @if !open.is_empty() { (self.findings(&open)) }
            @if !handled.is_empty() {
                section { h2 { "Being handled" } (self.findings(&handled)) }
            }
            (self.silent())
            (self.unwell())
            (self.alerts())
            (self.decisions())
        }
    }

    /// That it is quiet means something only while somebody would notice.
    fn all_quiet(&self) -> Markup {
        let last =
            self.page_groups.iter().filter_map(|group| group.last_minute).max().unwrap_or_default();
        html! {
            p class="lead" { "No alert about a destination is open." }
            @if last > 0 {
                p {
                    "Browsers reported something else " (ago(Timestamp::from_seconds(last.into()), self.at))
                    ", so reports arrive, and a new destination would be here within seconds."
                }
            } @else {
                p class="warning" {
                    "No browser has reported anything within a day. That may be good, or nobody listens: "
                    code { "cspwatch doctor" } " says whether your pages report."
                }
            }
        }
    }

    fn silent(&self) -> Markup {
        let silent: Vec<_> =
            self.page_groups.iter().filter(|group| group.last_minute.is_none()).collect();
        html! {
            @if !silent.is_empty() {
                section {
                    h2 { "Silent pages" }
                    p class="note" {
                        "They reported within the last month, and nothing for a day: no visitors, no policy, or no way to \
                         the collector."
                    }
                    ul class="lines" {
                        @for group in silent {
                            li {
                                a href=(links::path(&["sites", &group.site])) { (group.site) } " "
                                strong { (group.page_group) }
                                ", last on " (day(Timestamp::from_seconds(group.last_day.into()).day()))
                            }
                        }
                    }
                }
            }
        }
    }

    fn unwell(&self) -> Markup {
        let unwell: Vec<_> =
            self.collectors.iter().filter(|collector| is_away(collector, self.at)).collect();
        html! {
            @if self.collectors.is_empty() {
                section { p class="warning" { "No collector has worked within a week." } }
            } @else if !unwell.is_empty() {
                section {
                    h2 { "Collectors that are away" }
                    ul class="lines" {
                        @for collector in unwell {
                            li { code { (collector.collector) } " worked last " (ago(collector.last_seen, self.at)) }
                        }
                    }
                }
            }
        }
    }

    fn alerts(&self) -> Markup {
        html! {
            @if !self.alerts.is_empty() {
                section {
                    h2 { "Other alerts of this week" }
                    ul class="lines" { @for alert in &self.alerts { li { (other_alert(alert, self.at)) } } }
                }
            }
        }
    }

    fn decisions(&self) -> Markup {
        let standings = standings(self.decisions.iter().map(StoredDecision::logged));
        html! {
            section {
                h2 { "Decided lately" }
                @if self.decisions.is_empty() { p { "Nothing yet." } } @else { p class="links" { a href="/decisions" { "All decisions" } } }
                ul class="lines" {
                    @for (decision, standing) in self.decisions.iter().zip(standings) {
                        li {
                            a href=(links::destination(&decision.site, &decision.destination)) {
                                (defanged(&decision.destination))
                            }
                            " on " (decision.site) ": " strong { (decision.by) } " " (decision_words(&decision.decision, standing.undo, &decision.extent())) " "
                            (ago(decision.decided_at, self.at)) ": " (decision.why)
                            @if let Some((at, by)) = standing.undone {
                                " " span class="chip" { "undone by " (by) " " (ago(at, self.at)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Whether a person is on it: it alerts until they say that it is over, and asks nobody for a decision.
fn is_handled(finding: &OpenFinding) -> bool {
    finding.decision == "theft"
}

fn needs(findings: usize, what: &str) -> String {
    let verb = if findings == 1 { "needs" } else { "need" };
    format!("{} {verb} a person", count(findings as u64, what))
}

fn other_alert(alert: &StoredAlert, now: Timestamp) -> Markup {
    let is_page = alert.severity == "page";
    let old = now.since(alert.at) > DAY;
    html! {
        span class=(if is_page && !old { "chip urgent" } else { "chip" }) { (severity_words(is_page)) } " "
        (alert_words(&alert.alert)) ", on " a href=(links::path(&["sites", &alert.site])) { (alert.site) }
        @if !alert.page_group.is_empty() { " " (alert.page_group) }
        @if !alert.destination.is_empty() { ", " (defanged(&alert.destination)) }
        " " (ago(alert.at, now))
        @if alert.reports > 0 { ", " (count(alert.reports, "report")) }
        @if !alert.reasons.is_empty() { span class="why" { ": " (defanged_words(&alert.reasons.join("; "))) } }
    }
}
