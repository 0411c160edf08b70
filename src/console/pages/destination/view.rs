//! The page of a destination. The first screen of a phone answers the five questions of whoever was woken.

use std::time::Duration;

use maud::{Markup, html};

use super::super::now::blocked;
use super::Destination;
use super::status::{NO_ALERT, Status};
use crate::audit::html::values::{count, moment, number};
use crate::audit::incident::ExposureWindow;
use crate::audit::incident::html::{sections, timeline};
use crate::base::clock::MINUTE;
use crate::base::display::{day, defanged, defanged_words};
use crate::console::layout::part;
use crate::console::links;
use crate::console::visitor::Visitor;
use crate::console::words::{ago, alert_words, decision_words, severity_words, when};
use crate::store::findings::StoredAlert;
use crate::store::incident::{Incident, IncidentDecision, IncidentSummary};

/// How long a decision is news on its page.
const LATELY: Duration = MINUTE.saturating_mul(10);

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
                (self.status_chip())
                span class="chip" { (blocked(&dispositions)) }
            }
            (self.leader_note())
            (self.configured())
            (self.decided())
            dl class="answers" {
                dt { "Since" } dd { (when(summary.first_seen, self.now)) }
                dt { "Last" } dd { (when(summary.last_seen, self.now)) }
                dt { "Visitors" } dd { (number(summary.clients)) ", in " (count(summary.networks, "network")) }
                dt { "Tags" } dd { (self.tags(summary)) }
                dt { "Reports" } dd { (number(summary.reports)) }
                dt { "Page groups" } dd { (summary.page_groups.join(", ")) }
            }
        }
    }

    /// What the configuration says of it.
    fn configured(&self) -> Markup {
        html! {
            @if !self.own.is_empty() {
                p class="note" { "It is the site's own: " code { "hosts" } " of " (self.site) " has " (self.own.join(", ")) "." }
            }
            @if !self.known.is_empty() {
                p class="note" { "Expected: " code { "known" } " of " (self.site) " has " (self.known.join("; ")) "." }
            }
        }
    }

    /// The tags of the reports: a few, or how many; and how many reports carried none.
    fn tags(&self, summary: &IncidentSummary) -> Markup {
        let shown = self.window.as_ref().map_or(&[][..], |window| &window.incident.tags);
        html! {
            @if summary.tags == 0 { "not known: no report carried a tag" } @else {
                a href="#tags" { (number(summary.tags)) }
                @if shown.len() <= 3 {
                    ": " @for (place, tag) in shown.iter().enumerate() { @if place > 0 { ", " } (tag.tag) }
                }
                @if summary.without_tag > 0 { "; " (count(summary.without_tag, "report")) " without a tag" }
            }
        }
    }

    /// The table of the tags; the file has those that the page has no room for.
    fn shown_tags(&self, incident: &Incident) -> Markup {
        let shown = incident.tags.len() as u64;
        html! {
            @if incident.summary.tags > shown { p class="note" { "The first " (number(shown)) "; the CSV file has all." } }
            (sections::tags(incident))
        }
    }

    /// What was decided, what that does, and what comes next.
    fn decided(&self) -> Markup {
        let Some(newest) = self.newest() else { return Markup::default() };
        let status = self.status();
        let is_lately = self.now.is_within(LATELY, newest.decided_at);
        let words = decision_words(&newest.decision, newest.undo(), &newest.extent());
        html! {
            div class=(if status == Status::Theft { "decided urgent" } else { "decided" }) role="status" {
                p {
                    @match status {
                        Status::Theft => { strong { "Being handled by " (newest.by) } ", since " },
                        _ => { strong { (newest.by) } " " (words) ", " },
                    }
                    (when(newest.decided_at, self.now))
                    @if let Some(until) = newest.until.filter(|_| !newest.is_undone()) { ", until " (moment(until)) " UTC" }
                    ": " (newest.why)
                }
                @if is_lately { p class="note" { (self.effect()) } }
                @if status == Status::Theft { (self.next_steps()) }
            }
        }
    }

    /// What the newest decision does to the alert.
    fn effect(&self) -> &'static str {
        match self.status() {
            Status::Approved | Status::Ignored | Status::Over if !self.has_alerted() => NO_ALERT,
            Status::Approved | Status::Ignored | Status::Over => {
                "The alert resolves on all collectors. The pager says so after about a minute."
            }
            Status::Theft if !self.has_alerted() => NO_ALERT,
            Status::Theft => "The alert goes on until somebody says that it is over.",
            Status::Open { .. } if self.is_approved_in_part() => {
                "The alert goes on: something was reported that is not within the approval."
            }
            Status::Open { .. } => "Now lists it again.",
            Status::NoAlert => NO_ALERT,
        }
    }

    fn next_steps(&self) -> Markup {
        let file = |name| links::path(&["destinations", &self.site, &self.destination, name]);
        let policy = links::path(&["policy", &self.site]);
        html! {
            ol class="lines" {
                li { "Stop it: take the script off the page, or " a href=(policy) { "enforce a policy" } "." }
                li { a href="#exposure" { "Whom it touched" } ": " a href=(file("tags.csv")) { "tags of orders and sessions (CSV)" } }
                li {
                    "Keep evidence before anything is cleaned up: " a href=(file("report")) { "exposure report" } ", "
                    a href=(self.evidence_form()) { "evidence pack" }
                }
                li { "When it is fixed, say so: " a href="#forget" { "It is over" } ", below." }
            }
        }
    }

    /// The form of the evidence pack, with the days of the theft in it.
    pub(super) fn evidence_form(&self) -> String {
        let page = links::path(&["evidence", &self.site]);
        let first = self.window.as_ref().map(|window| window.incident.summary.first_seen);
        let (first, last) = (day(first.unwrap_or(self.now).day()), day(self.now.day()));
        links::with_query(&page, [("from", &*first), ("to", &*last)])
    }

    /// What is known by now: an alert keeps the words that it began with.
    fn evidence_now(&self) -> Markup {
        let Some(window) = &self.window else { return Markup::default() };
        let summary = &window.incident.summary;
        html! {
            p {
                "By now: " (count(summary.reports, "report")) " of " (count(summary.clients, "visitor")) " in "
                (count(summary.networks, "network")) ", of "
                @for (place, (directive, reports)) in window.directives().into_iter().enumerate() {
                    @if place > 0 { ", " }
                    @if directive.is_empty() { "no directive" } @else { code { (directive) } } " " (number(reports))
                }
                "."
            }
        }
    }

    fn evidence(&self) -> Markup {
        html! {
            section {
                h2 { "Is it a theft?" }
                (self.evidence_now())
                @if self.alerts.is_empty() {
                    p {
                        "No alert has its name, and what is known of it below is no evidence by itself. If the same visitors reported \
                         another destination, it may be part of that one's alert."
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
            @if alert.alert == "drill" { span class="chip" { "drill" } } @else {
                span class=(if is_page { "chip urgent" } else { "chip" }) { (severity_words(is_page)) }
            }
            " " (alert_words(&alert.alert)) ", " (alert.page_group) ". When it alerted, " (ago(alert.at, self.now)) ": "
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
                    a href=(file("tags.csv")) { "Tags of orders and sessions (CSV)" } " "
                    a href=(links::with_query("/reports", [("site", &*self.site), ("destination", &*self.destination), ("range", "30d")])) {
                        "Its reports"
                    }
                }
                div class="scroll" role="region" aria-label="Timeline" {
                    (timeline(&name, &self.periods, &window.coverage))
                }
                p class="note swipe" { "The timeline goes on to the right: swipe it." }
                div id="tags" {
                    (part(&format!("Tags of orders and sessions: {}", number(incident.summary.tags)), self.shown_tags(incident), true))
                }
                (part("Pages", sections::pages(incident), true))
                (part("Addresses and scripts", sections::addresses(incident), true))
                (part("Activity", sections::periods(incident), false))
                (part("Coverage", sections::silent(&window.coverage), false))
                (part("Changes", sections::changes(&window.changes), true))
                (self.related(window))
            }
        }
    }

    fn related(&self, window: &ExposureWindow) -> Markup {
        let related = &window.incident.related;
        let content = html! {
            (sections::related(&window.incident))
            p class="links" {
                @for other in related {
                    a href=(links::destination(&self.site, &other.destination)) { (defanged(&other.destination)) } " "
                }
            }
        };
        part("Related destinations", content, false)
    }

    fn history(&self, visitor: &Visitor) -> Markup {
        html! {
            @if let Some(window) = &self.window {
                div id="decisions" { (part("Decisions", sections::decisions(&window.incident), true)) }
            }
            p class="links" {
                a href=(links::with_query("/decisions", [("site", &*self.site)])) { "All decisions on " (self.site) }
            }
            section id="notes" {
                h2 { "Notes" }
                @if self.notes.is_empty() { p class="note" { "No notes yet." } }
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
            (self.configured())
            (self.decided())
            (self.actions(visitor))
            (self.history(visitor))
        }
    }

    pub(super) fn newest(&self) -> Option<&IncidentDecision> {
        self.decisions.first()
    }

    /// In milliseconds since 1970; 0: nobody has decided.
    pub(super) fn newest_decision_at(&self) -> i64 {
        self.newest().map_or(0, |newest| newest.decided_at.millis())
    }
}
