//! The tables of the page.

use maud::{Markup, html};

use super::super::Pack;
use super::super::operation::{self, DayOfWork};
use crate::audit::html::table::{Cell, table};
use crate::audit::script_inventory::{Change, Content, Script};
use crate::base::display::defanged_words;

/// Where several days lack something, the reader must see which.
pub(super) fn gaps(days: &[DayOfWork<'_>]) -> Markup {
    let (unwatched, unheard) = operation::gaps(days);
    let lists = [
        ("No collector is known to have worked on: ", unwatched),
        ("A collector worked, and nothing at all was reported on: ", unheard),
    ];
    html! {
        @for (what, days) in lists {
            @if !days.is_empty() { p class="note" { (what) (days.join(", ")) "." } }
        }
    }
}

/// One line for each content that is in use on some pages.
pub(super) fn scripts(pack: &Pack<'_>) -> Markup {
    let rows = pack.scripts.iter().flat_map(|script| {
        let none = script.contents.is_empty().then_some(None);
        script.contents.iter().map(Some).chain(none).map(move |content| row(script, content))
    });
    html! {
        h2 { "Scripts" }
        p class="note" {
            "What browsers told within the period. \"not readable\": the browser was not allowed to read it, so its content is \
             not known. \"not seen running\": reports name it as blocked, or without integrity metadata."
        }
        (table(["Script", "Pages", "Content", "First", "Last", "Approved", "Owner", "Justification"], rows))
    }
}

fn row(script: &Script, content: Option<&Content>) -> [Cell; 8] {
    let (first, last) = content.map_or(script.seen(), |it| (it.first, it.last));
    let approval = content.and_then(|content| content.approval.as_ref());
    let held = match content {
        None => "not seen running",
        Some(content) if content.hash.is_empty() => "not readable",
        Some(content) => &content.hash,
    };
    let approved = match (content, approval) {
        (_, Some(it)) => {
            format!("by {}, {}", it.by, crate::audit::html::values::moment(it.decided_at))
        }
        (None, None) => String::new(),
        (Some(_), None) => "no".to_owned(),
    };
    let pages = content.map_or(script.page_groups().join(", "), |it| it.page_group.clone());
    [
        Cell::address(&script.host, &script.path),
        Cell::text(pages),
        Cell::text(held),
        Cell::Time(first),
        Cell::Time(last),
        Cell::text(approved),
        Cell::text(approval.map_or("", |it| &it.owner)),
        Cell::text(approval.map_or("", |it| &it.justification)),
    ]
}

pub(super) fn changes(changes: &[Change<'_>]) -> Markup {
    let rows = changes.iter().map(|it| {
        let why = it.decided.map_or("", |decided| &decided.justification);
        [
            Cell::Time(it.at),
            Cell::text(it.what),
            Cell::address(it.host, it.path),
            Cell::text(it.page_group),
            Cell::text(it.hash),
            Cell::text(it.decided.map_or("", |decided| &decided.by)),
            Cell::text(why),
        ]
    });
    html! {
        h2 { "Script changes, and what was decided" }
        @if changes.is_empty() {
            p { "Within the period no script appeared or changed, and nothing was decided about one." }
        } @else {
            (table(["At", "What", "Script", "Pages", "Content", "By", "Why"], rows))
        }
    }
}

pub(super) fn alerts(pack: &Pack<'_>) -> Markup {
    let rows = pack.found.alerts.iter().map(|it| {
        [
            Cell::Time(it.told_at),
            Cell::text(&it.severity),
            Cell::text(&it.alert),
            Cell::text(&it.page_group),
            Cell::host(&it.destination),
            Cell::text(defanged_words(&it.reasons.join("; "))),
        ]
    });
    html! {
        h2 { "Alerts" }
        @if pack.found.alerts.is_empty() {
            p { "Within the period no alert began." }
        } @else {
            p class="note" { "When each began, or rose. Prometheus and Alertmanager send them to people." }
            (table(["At", "Severity", "Alert", "Pages", "Destination", "Why"], rows))
        }
    }
}

pub(super) fn notifications(pack: &Pack<'_>) -> Markup {
    html! {
        h2 { "Notifications" }
        @match &pack.deliveries {
            None => p { "Prometheus was not asked how many notifications Alertmanager sent (--prometheus URL)." },
            Some(deliveries) if deliveries.is_empty() => {
                p { "Prometheus, as far back as it remembers, knows of no notification that Alertmanager sent." }
            }
            Some(deliveries) => {
                p class="note" {
                    "As Prometheus counted them for Alertmanager, of all sites, to within one or two a day; days before it began to \
                     remember are missing."
                }
                (table(["Day", "To", "Tried", "Failed"], deliveries.iter().map(|((day, to), (tried, failed))| {
                    [Cell::text(day), Cell::text(to), Cell::Number(*tried), Cell::Number(*failed)]
                })))
            }
        }
    }
}

pub(super) fn decisions(pack: &Pack<'_>) -> Markup {
    let rows = pack.found.decisions.iter().map(|it| {
        [
            Cell::Time(it.decided_at),
            Cell::text(&it.decision),
            Cell::host(&it.destination),
            Cell::text(&it.by),
            Cell::text(&it.why),
            it.until.map_or(Cell::text(""), Cell::Time),
        ]
    });
    html! {
        h2 { "Decisions about destinations" }
        @if pack.found.decisions.is_empty() {
            p { "Within the period nothing was decided." }
        } @else {
            (table(["At", "Decision", "Destination", "By", "Why", "Until"], rows))
        }
    }
}

pub(super) fn policies(pack: &Pack<'_>) -> Markup {
    let rows = pack.found.policies.iter().map(|it| {
        [
            Cell::text(&it.page_group),
            Cell::text(&it.disposition),
            Cell::Time(it.first),
            Cell::Time(it.last),
            Cell::text(&it.policy),
        ]
    });
    html! {
        h2 { "Policies, as reports carried them" }
        @if pack.found.policies.is_empty() {
            p { "Within the period no report carried a policy." }
        } @else {
            p class="note" { "Without nonces and names of endpoints. A policy that was never violated is not told." }
            (table(["Pages", "Disposition", "First", "Last", "Policy"], rows))
        }
    }
}

pub(super) fn operation(days: &[DayOfWork<'_>]) -> Markup {
    let heard = days.iter().flat_map(|day| {
        day.heard.iter().map(move |it| {
            let numbers = [it.reports, it.pages, it.hours].map(Cell::Number);
            let [reports, pages, hours] = numbers;
            [Cell::text(&day.day), Cell::text(&it.page_group), reports, pages, hours]
        })
    });
    let collectors = days.iter().flat_map(|day| {
        day.collectors.iter().map(move |it| {
            let rules = Cell::text(&it.rules);
            [
                Cell::text(&day.day),
                Cell::text(&it.collector),
                Cell::text(&it.version),
                rules,
                Cell::Number(it.hours),
            ]
        })
    });
    html! {
        h2 { "What the pages reported, day by day" }
        (table(["Day", "Pages", "Reports", "Different pages", "Hours with reports"], heard))
        h2 { "Which collectors worked, day by day" }
        p class="note" { "\"Rules\" changes with the configuration of sites, noise and detection." }
        (table(["Day", "Collector", "Version", "Rules", "Hours"], collectors))
    }
}
