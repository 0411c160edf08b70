//! The findings, each with a small picture of its last days.

use std::collections::BTreeMap;
use std::time::Duration;

use maud::{Markup, html};

use super::{FINDINGS, Now, PICTURE, is_handled};
use crate::audit::html::values::{count, number};
use crate::base::clock::{HOUR, Timestamp};
use crate::base::display::{defanged, defanged_words};
use crate::console::links;
use crate::console::sparkline::sparkline;
use crate::console::words::{ago, alert_words, severity_words, when};
use crate::store::findings::OpenFinding;

/// The time of one bar of the pictures.
const BAR: Duration = HOUR.saturating_mul(4);

/// Destinations beside the leading one that a card names.
const MEMBERS: usize = 5;

/// The numbers of the bars, by site and destination.
type Pictures<'a> = BTreeMap<(&'a str, &'a str), Vec<u64>>;

impl Now {
    pub(super) fn findings(&self, findings: &[&OpenFinding]) -> Markup {
        let pictures = self.pictures();
        html! {
            ol class="findings" {
                @for finding in findings {
                    li class=(if finding.is_page { "finding urgent" } else { "finding" }) {
                        (self.finding(finding, &pictures))
                    }
                }
            }
            @if self.findings.len() as u64 == FINDINGS {
                p class="note" { "These are the first " (FINDINGS) "; the API has all of them (/api/v1/findings)." }
            }
        }
    }

    fn finding(&self, finding: &OpenFinding, pictures: &Pictures<'_>) -> Markup {
        let OpenFinding { site, destination, .. } = finding;
        let none = Vec::new();
        let picture = pictures.get(&(site.as_str(), destination.as_str())).unwrap_or(&none);
        html! {
            h2 { a href=(links::destination(site, destination)) { (defanged(destination)) } }
            p class="chips" {
                @if is_handled(finding) { span class="chip urgent" { "theft" } } @else {
                    span class=(if finding.is_page { "chip urgent" } else { "chip" }) { (severity_words(finding.is_page)) }
                }
                span class="chip" { (blocked(&finding.dispositions)) }
            }
            @if is_handled(finding) {
                p { "Being handled by " strong { (finding.by) } ", since " (when(finding.decided_at, self.at)) ": " (finding.why) }
            }
            p class="what" {
                @for (place, alert) in finding.alerts.iter().enumerate() {
                    @if place > 0 { "; " } (alert_words(alert))
                }
                ", on " strong { (site) } ": " (finding.page_groups.join(", "))
            }
            (members(finding))
            p class="figures" {
                span { "since " (ago(finding.first_seen, self.at)) }
                span { "last " (ago(finding.last_seen, self.at)) }
                span { (count(finding.clients, "visitor")) }
                span { (count(finding.reports, "report")) }
            }
            @if !picture.is_empty() {
                (sparkline(picture, "Reports in the last seven days"))
                p class="why" { "Reports in the last 7 days, 4 hours a bar" }
            }
            @if !finding.reasons.is_empty() {
                p class="why" { (defanged_words(&finding.reasons.join("; "))) }
            }
        }
    }

    /// The bars of each destination's picture.
    fn pictures(&self) -> Pictures<'_> {
        let bars = usize::try_from(PICTURE.as_secs() / BAR.as_secs()).unwrap_or_default();
        let begin = self.at - PICTURE;
        let mut pictures: Pictures<'_> = BTreeMap::new();
        for hour in &self.hours {
            let at = Timestamp::from_seconds(hour.hour.into());
            let place = usize::try_from(at.since(begin).as_secs() / BAR.as_secs()).unwrap_or(bars);
            let picture =
                pictures.entry((&hour.site, &hour.destination)).or_insert_with(|| vec![0; bars]);
            if let Some(bar) = picture.get_mut(place.min(bars - 1)) {
                *bar += hour.reports;
            }
        }
        pictures
    }
}

/// The other destinations of the finding: the alert goes on until all of them are decided.
fn members(finding: &OpenFinding) -> Markup {
    let is_other = |other: &&String| **other != finding.destination;
    let others: Vec<&String> = finding.destinations.iter().filter(is_other).collect();
    let beyond = others.len().saturating_sub(MEMBERS);
    html! {
        @if !others.is_empty() {
            p class="members" {
                "and " (count(others.len() as u64, "more destination")) " that the same visitors reported: "
                @for (place, other) in others.iter().take(MEMBERS).enumerate() {
                    @if place > 0 { ", " }
                    a href=(links::destination(&finding.site, other)) { (defanged(other)) }
                }
                @if beyond > 0 { ", and " (number(beyond as u64)) " others" }
            }
        }
    }
}

/// Whether browsers stopped what was reported.
pub(in crate::console) fn blocked(dispositions: &[String]) -> &'static str {
    let has = |wanted: &str| dispositions.iter().any(|disposition| disposition == wanted);
    match (has("enforce"), has("report")) {
        (true, false) => "blocked",
        (true, true) => "partly blocked",
        (false, true) => "not blocked",
        (false, false) => "not known whether blocked",
    }
}
