//! The page of a destination. The first screen of a phone answers the five questions of whoever was woken.

use maud::{Markup, html};

use super::super::now::blocked;
use super::Destination;
use crate::audit::html::values::{count, moment, number};
use crate::audit::incident::ExposureWindow;
use crate::audit::incident::html::{sections, timeline};
use crate::base::display::{defanged, defanged_words};
use crate::console::layout::part;
use crate::console::links;
use crate::console::visitor::Visitor;
use crate::console::words::{ago, alert_words, decision_words, severity_words};
use crate::store::findings::StoredAlert;
use crate::store::incident::IncidentDecision;

impl Destination {
    pub(super) fn markup(&self, visitor: &Visitor) -> Markup {
        let Some(window) = &self.window else { return self.never_reported(visitor) };
        html! {
            (self.head(window))
            (self.actions(visitor))
            (self.evidence())
            (self.exposure(window))
            (self.history(visitor))
        }
    }

    fn head(&self, window: &ExposureWindow) -> Markup {
        let summary = &window.incident.summary;
        let dispositions: Vec<String> =
            window.dispositions().into_keys().map(str::to_owned).collect();
        html! {
            p class="kind" { "Destination on " a href=(links::path(&["sites", &self.site])) { (self.site) } }
            h1 class="host" { (defanged(&self.destination)) }
            p class="chips" {
                (self.state())
                span class="chip" { (blocked(&dispositions)) }
            }
            dl class="answers" {
                dt { "Since" } dd { (ago(summary.first_seen, self.now)) }
                dt { "Last" } dd { (ago(summary.last_seen, self.now)) }
                dt { "Visitors" } dd { (number(summary.clients)) ", in " (count(summary.networks, "network")) }
                dt { "Reports" } dd { (number(summary.reports)) }
                dt { "Pages" } dd { (summary.page_groups.join(", ")) }
            }
            @if let Some(newest) = self.newest() {
                p class="decided" {
                    strong { (newest.by) } " " (decision_words(&newest.decision)) " " (ago(newest.decided_at, self.now))
                    @if let Some(until) = newest.until { ", until " (moment(until)) " UTC" }
                    ": " (newest.why)
                }
            }
        }
    }

    /// Whether somebody has settled it.
    fn state(&self) -> Markup {
        let in_force =
            |decision: &IncidentDecision| decision.until.is_none_or(|until| self.now < until);
        let newest = self.newest();
        let is_urgent = self.alerts.first().is_some_and(|alert| alert.severity == "page");
        html! {
            @match newest.map(|newest| (newest.decision.as_str(), in_force(newest))) {
                Some(("approve", true)) => span class="chip good" { "approved" },
                Some(("ignore", true)) => span class="chip good" { "ignored as noise" },
                Some(("theft", _)) => span class="chip urgent" { "theft" },
                _ if self.alerts.is_empty() => span class="chip" { "no alert" },
                _ => span class=(if is_urgent { "chip urgent" } else { "chip" }) {
                    "open, " (severity_words(is_urgent))
                },
            }
        }
    }

    fn evidence(&self) -> Markup {
        html! {
            section {
                h2 { "Is it a theft?" }
                @if self.alerts.is_empty() {
                    p {
                        "No alert was raised about it alone: what is known of it below is no evidence by itself. It may be part of the \
                         alert of another destination that the same visitors reported."
                    }
                }
                ol class="lines" { @for alert in &self.alerts { li { (self.alert(alert)) } } }
                p class="note" {
                    "A report shows that a page wanted to reach it, not what was sent. What to look at: "
                    "the scripts that asked for it, whether they changed, and whether anybody at the site knows the vendor."
                }
            }
        }
    }

    fn alert(&self, alert: &StoredAlert) -> Markup {
        let is_page = alert.severity == "page";
        let others = alert.destinations.iter().filter(|other| **other != self.destination);
        html! {
            span class=(if is_page { "chip urgent" } else { "chip" }) { (severity_words(is_page)) } " "
            (alert_words(&alert.alert)) ", " (alert.page_group) ", " (ago(alert.at, self.now)) ": "
            strong { (defanged_words(&alert.reasons.join("; "))) }
            ". " (count(alert.reports, "report")) " of " (count(alert.clients, "visitor")) " until then."
            @if alert.destinations.len() > 1 {
                " In the same finding: "
                @for (place, other) in others.enumerate() {
                    @if place > 0 { ", " }
                    a href=(links::destination(&self.site, other)) { (defanged(other)) }
                }
            }
        }
    }

    fn exposure(&self, window: &ExposureWindow) -> Markup {
        let incident = &window.incident;
        let name = defanged(&self.destination);
        let own = ["destinations", &self.site, &self.destination];
        let file = |name| links::path(&[own[0], own[1], own[2], name]);
        html! {
            section id="exposure" {
                h2 { "Whom it touched" }
                p class="links" {
                    a href=(file("report")) { "Exposure report, to keep and print" } " "
                    a href=(file("tags.csv")) { "Tags of sessions and orders (CSV)" } " "
                    a href=(links::with_query("/reports", [("site", &*self.site), ("destination", &*self.destination), ("range", "30d")])) {
                        "Its reports"
                    }
                }
                div class="scroll" tabindex="0" role="region" aria-label="Timeline" {
                    (timeline(&name, &self.periods, &window.coverage))
                }
                (part("Pages", sections::pages(incident), true))
                (part("Addresses and scripts", sections::addresses(incident), true))
                (part("Tags", sections::tags(incident), false))
                (part("Activity", sections::periods(incident), false))
                (part("Coverage", sections::silent(&window.coverage), false))
                (part("Changes", sections::changes(&window.changes), true))
                (self.related(window))
            }
        }
    }

    fn related(&self, window: &ExposureWindow) -> Markup {
        let related = &window.incident.related;
        html! {
            (part("Related destinations", sections::related(&window.incident), false))
            @if !related.is_empty() {
                p class="links" {
                    @for other in related {
                        a href=(links::destination(&self.site, &other.destination)) { (defanged(&other.destination)) } " "
                    }
                }
            }
        }
    }

    fn history(&self, visitor: &Visitor) -> Markup {
        html! {
            @if let Some(window) = &self.window {
                div id="decisions" { (part("Decisions", sections::decisions(&window.incident), true)) }
            }
            section id="notes" {
                h2 { "Notes" }
                ul class="lines" {
                    @for note in &self.notes {
                        li { strong { (note.by) } ", " (ago(note.noted_at, self.now)) ": " (note.note) }
                    }
                }
                (self.note_form(visitor))
            }
        }
    }

    fn never_reported(&self, visitor: &Visitor) -> Markup {
        html! {
            p class="kind" { "Destination on " a href=(links::path(&["sites", &self.site])) { (self.site) } }
            h1 class="host" { (defanged(&self.destination)) }
            p class="lead" {
                "No stored report of this site names it as an unknown destination. You can decide about it beforehand."
            }
            (self.actions(visitor))
            (self.history(visitor))
        }
    }

    fn newest(&self) -> Option<&IncidentDecision> {
        self.decisions.first()
    }

    pub(super) fn has_decision(&self) -> bool {
        self.newest().is_some_and(|newest| newest.decision != "forget")
    }

    /// In milliseconds since 1970; 0: nobody has decided.
    pub(super) fn newest_decision_at(&self) -> i64 {
        self.newest().map_or(0, |newest| newest.decided_at.millis())
    }
}
