//! The tables of the page.

use maud::{Markup, html};

use crate::audit::decided::until;
use crate::audit::evidence::{EvidencePack, Gaps, OperationDay};
use crate::audit::html::table::{Cell, table};
use crate::audit::html::values::{count, items, moment};
use crate::audit::script_inventory::{InventoryScript, ScriptChange, ScriptContent, WORDS};
use crate::base::display::{self, DISPOSITIONS, day_ranges, defanged_words, severity};
use crate::decisions::standings;
use crate::store::evidence::EvidenceDecision;

/// The days of each kind of gap, by date.
pub(super) fn gaps(gaps: &Gaps<'_>) -> Markup {
    let lists = [
        ("No collector is known to have worked on: ", &gaps.without_collector),
        ("A collector worked, and nothing at all was reported on: ", &gaps.without_report),
    ];
    html! {
        @for (heading, days) in lists {
            @if !days.is_empty() { p class="note" { (heading) (items(day_ranges(days))) "." } }
        }
    }
}

/// One line for each content of each script.
pub(super) fn scripts(pack: &EvidencePack) -> Markup {
    let rows = pack.scripts.iter().flat_map(|script| {
        let none = script.contents.is_empty().then_some(None);
        script.contents.iter().map(Some).chain(none).map(move |content| script_row(script, content))
    });
    html! {
        h2 { "Scripts" }
        p class="note" {
            "What browsers reported within the period. " (WORDS)
        }
        (table(["Script", "Page group", "Content", "First", "Last", "Approved", "Owner", "Justification"], rows))
    }
}

fn script_row(script: &InventoryScript, content: Option<&ScriptContent>) -> [Cell; 8] {
    let (first, last) = content.map_or(script.seen(), |content| (content.first, content.last));
    let approval = content.and_then(|content| content.approval.as_ref());
    let held = match content {
        None => "not seen running",
        Some(content) if content.hash.is_empty() && script.is_inline() => "more than are listed",
        Some(content) if content.hash.is_empty() => "not readable",
        Some(content) => &content.hash,
    };
    let approved = match (content, approval) {
        (_, Some(approval)) => format!("by {}, {}", approval.by, moment(approval.decided_at)),
        (None, None) => String::new(),
        (Some(_), None) => "no".to_owned(),
    };
    let pages =
        content.map_or(script.page_groups().join(", "), |content| content.page_group.clone());
    [
        Cell::address(&script.host, &script.path),
        Cell::text(pages),
        Cell::text(held),
        Cell::Time(first),
        Cell::Time(last),
        Cell::text(approved),
        Cell::text(approval.map_or("", |approval| &approval.owner)),
        Cell::text(approval.map_or("", |approval| &approval.justification)),
    ]
}

pub(super) fn changes(changes: &[ScriptChange<'_>]) -> Markup {
    let rows = changes.iter().map(|change| {
        [
            Cell::Time(change.at),
            Cell::text(change.what),
            Cell::address(change.host, change.path),
            Cell::text(change.page_group),
            Cell::text(change.hash),
            Cell::text(change.decided.map_or("", |decision| &decision.by)),
            Cell::text(change.decided.map_or("", |decision| &decision.justification)),
        ]
    });
    html! {
        h2 { "Changes of scripts, and decisions about them" }
        @if changes.is_empty() {
            p { "No script appeared or changed within the period, and nobody decided about one." }
        } @else {
            (table(["At", "What", "Script", "Page group", "Content", "By", "Why"], rows))
        }
    }
}

pub(super) fn alerts(pack: &EvidencePack) -> Markup {
    let rows = pack.records.alerts.iter().map(|alert| {
        [
            Cell::Time(alert.told_at),
            Cell::text(severity(&alert.severity)),
            Cell::text(display::alert(&alert.alert)),
            Cell::text(&alert.page_group),
            Cell::host(&alert.destination),
            Cell::text(defanged_words(&alert.reasons.join("; "))),
        ]
    });
    html! {
        h2 { "Alerts" }
        @if pack.records.alerts.is_empty() {
            p { "No alert started within the period." }
        } @else {
            p class="note" {
                "When each started, or its severity rose. Prometheus and Alertmanager send them to people."
            }
            (table(["At", "Severity", "Alert", "Page group", "Destination", "Why"], rows))
        }
    }
}

pub(super) fn notifications(pack: &EvidencePack) -> Markup {
    html! {
        h2 { "Notifications" }
        @match &pack.notifications {
            None => p {
                "Prometheus was not queried for the notifications that Alertmanager sent (--prometheus URL)."
            },
            Some(counts) if counts.is_empty() => {
                p { "Prometheus has no notification of Alertmanager for as far back as it keeps data." }
            }
            Some(counts) => {
                p class="note" {
                    "As Prometheus counted them for Alertmanager, of all sites, to within one or two a day; days that \
                     Prometheus no longer keeps are missing."
                }
                (table(["Day", "To", "Tried", "Failed"], counts.iter().map(|(day, integration, count)| {
                    [
                        Cell::text(day),
                        Cell::text(integration),
                        Cell::Number(count.tried),
                        Cell::Number(count.failed),
                    ]
                })))
            }
        }
    }
}

pub(super) fn drills(pack: &EvidencePack) -> Markup {
    let rows = pack.records.drills.iter().map(|drill| {
        let last =
            drill.stages.last().map_or(String::new(), |(_, seconds)| format!("{seconds:.1} s"));
        [
            Cell::Time(drill.at),
            Cell::text(&drill.page_group),
            Cell::text(if drill.passed { "passed" } else { "not passed" }),
            Cell::Text(last),
            Cell::text(&drill.why),
            Cell::text(&drill.by),
        ]
    });
    html! {
        h2 { "Drills" }
        @if pack.records.drills.is_empty() {
            p { "No drill was run within the period (cspwatch drill)." }
        } @else {
            p class="note" {
                "A drill posts the report of a theft that nobody commits, and follows it to the delivery of the alert. Passed \
                 means: Alertmanager delivered it, so many seconds after the drill began."
            }
            (table(["At", "Page group", "Result", "After", "Why not", "Begun by"], rows))
        }
    }
}

pub(super) fn decisions(pack: &EvidencePack) -> Markup {
    let standings = standings(pack.records.decisions.iter().map(EvidenceDecision::logged));
    let rows = pack.records.decisions.iter().zip(standings).map(|(decision, standing)| {
        [
            Cell::Time(decision.decided_at),
            Cell::text(decision.in_words()),
            Cell::host(&decision.destination),
            Cell::text(&decision.by),
            Cell::text(&decision.why),
            until(standing, decision.until, ""),
        ]
    });
    html! {
        h2 { "Decisions about destinations" }
        @if pack.records.decisions.is_empty() {
            p { "Nobody decided anything within the period." }
        } @else {
            (table(["At", "Decision", "Destination", "By", "Why", "Until"], rows))
        }
    }
}

pub(super) fn policies(pack: &EvidencePack) -> Markup {
    let rows = pack.records.policies.iter().map(|policy| {
        [
            Cell::text(&policy.page_group),
            Cell::text(&policy.disposition),
            Cell::Time(policy.first),
            Cell::Time(policy.last),
            Cell::text(&policy.policy),
        ]
    });
    html! {
        h2 { "Policies, as reports carried them" }
        @if pack.records.policies.is_empty() {
            p { "No report carried a policy within the period." }
        } @else {
            p class="note" {
                "Without nonces and names of endpoints. Browsers do not report a policy that was never violated. " (DISPOSITIONS)
            }
            (table(["Page group", "Disposition", "First", "Last", "Policy"], rows))
        }
    }
}

pub(super) fn operation(days: &[OperationDay<'_>], drills: u64) -> Markup {
    let reported = days.iter().flat_map(|day| {
        day.reported.iter().map(move |group| {
            [
                Cell::text(&day.day),
                Cell::text(&group.page_group),
                Cell::Number(group.reports),
                Cell::Number(group.pages),
                Cell::Number(group.hours),
            ]
        })
    });
    let collectors = days.iter().flat_map(|day| {
        day.collectors.iter().map(move |collector| {
            [
                Cell::text(&day.day),
                Cell::text(&collector.collector),
                Cell::text(&collector.version),
                Cell::text(&collector.rules),
                Cell::Number(collector.hours),
            ]
        })
    });
    html! {
        h2 { "What the pages reported, day by day" }
        @if drills > 0 {
            p class="note" { "What " (count(drills, "drill")) " sent is among them: no browser of a visitor did." }
        }
        (table(["Day", "Page group", "Reports", "Different pages", "Hours with reports"], reported))
        h2 { "Which collectors worked, day by day" }
        p class="note" { "\"Rules\" changes with the configuration of sites, noise and detection." }
        (table(["Day", "Collector", "Version", "Rules", "Hours"], collectors))
    }
}
