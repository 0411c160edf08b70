//! The pack as a page to keep, to send and to print.

mod received;
mod sections;

use maud::{Markup, html};

use super::{DUTIES, EvidencePack, Gaps, LIMITS, OperationDay, SAQ_A, SUPPORTS, reporting_groups};
use crate::audit::html::page::page;
use crate::audit::html::table::{Cell, table};
use crate::audit::html::timeline::{Span, Timeline, TimelineRow, Tone};
use crate::audit::html::values::{count, moment, number};
use crate::audit::script_inventory::ApprovalStatus;
use crate::base::display;

/// The whole page.
pub fn page_of(pack: &EvidencePack) -> String {
    let days = pack.days();
    let gaps = Gaps::of(&days);
    let body = html! {
        header {
            p class="kind" { "Evidence of payment page monitoring" }
            h1 { (pack.site) ", " (display::period(pack.from, pack.to)) }
            p class="lead" { (sentence(pack)) }
        }
        (facts(pack, &days, &gaps))
        (supports())
        h2 { "Operation, at a glance" }
        (timeline(&days))
        (sections::gaps(&gaps))
        (sections::scripts(pack))
        (sections::changes(&pack.script_changes()))
        (sections::alerts(pack))
        (sections::notifications(pack))
        (sections::drills(pack))
        (sections::decisions(pack))
        (sections::policies(pack))
        (received::headers(pack))
        (sections::operation(&days, pack.records.drills.len() as u64))
        (duties())
        (saq_a())
        (closing())
        footer {
            "Made at " (moment(pack.made_at)) " UTC by cspwatch " (env!("CARGO_PKG_VERSION")) " from the database "
            (pack.database) ". The same as data: cspwatch evidence --json."
        }
    };
    page(&format!("Evidence {}, {}", pack.site, display::period(pack.from, pack.to)), body)
}

fn sentence(pack: &EvidencePack) -> String {
    let pages = match pack.page_group.as_str() {
        "" => String::new(),
        group => format!(", pages {group}"),
    };
    format!(
        "What browsers reported about this site{pages} and what people decided about it, from {} (UTC). It supports evidence for \
         PCI DSS 4.0.1, requirements 6.4.3 and 11.6.1.",
        pack.period()
    )
}

fn facts(pack: &EvidencePack, days: &[OperationDay<'_>], gaps: &Gaps<'_>) -> Markup {
    let records = &pack.records;
    let scripts = |approval| number(pack.count_scripts(approval) as u64);
    let facts = [
        (
            "Scripts",
            format!(
                "{}: {} approved, {} partly, {} not approved, {} not seen running",
                number(pack.scripts.len() as u64),
                scripts(ApprovalStatus::Whole),
                scripts(ApprovalStatus::Partial),
                scripts(ApprovalStatus::Missing),
                scripts(ApprovalStatus::NotSeenRunning)
            ),
        ),
        (
            "Alerts",
            display::of_them(
                records.alerts.len() as u64,
                records.count_urgent_alerts() as u64,
                "urgent",
            ),
        ),
        ("Policies", number(records.policies.len() as u64)),
        (
            "Drills",
            display::of_them(
                records.drills.len() as u64,
                records.count_passed_drills() as u64,
                "passed",
            ),
        ),
        (
            "Days",
            format!(
                "{}; {} on which no collector is known to have worked, {} on which one worked and nothing was reported",
                number(days.len() as u64),
                number(gaps.without_collector.len() as u64),
                number(gaps.without_report.len() as u64)
            ),
        ),
    ];
    html! { dl { @for (name, value) in facts { dt { (name) } dd { (value) } } } }
}

fn duties() -> Markup {
    let rows = DUTIES.iter().map(|duty| {
        [duty.requirement, duty.part, duty.merchant, duty.cspwatch, duty.provider].map(Cell::text)
    });
    html! {
        h2 { "Whose duty it is" }
        p class="note" {
            "What the provider does is a matter of your contract with it: its responsibility matrix (12.8.5) holds."
        }
        (table(["PCI DSS", "Part", "You", "cspwatch", "The payment provider"], rows))
    }
}

fn saq_a() -> Markup {
    let rows =
        SAQ_A.iter().map(|point| [point.question, point.answer, point.evidence].map(Cell::text));
    html! {
        h2 { "For SAQ A: not susceptible to attacks from scripts" }
        p class="note" {
            "SAQ A has neither 6.4.3 nor 11.6.1. In it, merchants confirm that their site is not susceptible to attacks from \
             scripts; the council's FAQ 1588 says how. Your acquirer says what it accepts."
        }
        (table(["Question", "What can be said", "Evidence"], rows))
    }
}

fn supports() -> Markup {
    let rows = SUPPORTS.iter().map(|supported| {
        [supported.requirement, supported.asks, supported.evidence, supported.open].map(Cell::text)
    });
    html! {
        h2 { "What it supports" }
        p class="note" {
            "The requirements are in our words; the text of the standard holds. What a report cannot show has to be shown by \
             other means."
        }
        (table(["PCI DSS", "Asks that", "Evidence in here", "Remains open"], rows))
    }
}

/// One row for the collectors and one for each page group, with a bar for each day on which it worked or reported.
fn timeline(days: &[OperationDay<'_>]) -> Markup {
    let row = |label: &str, is_there: &dyn Fn(&OperationDay<'_>) -> bool| {
        let spans = |wanted: bool| -> Vec<Span> {
            days.iter().filter(|day| is_there(day) == wanted).map(OperationDay::span).collect()
        };
        let first = days.first().map(|day| day.span().0).unwrap_or_default();
        let last = days.last().map(|day| day.span().1).unwrap_or_default();
        TimelineRow {
            label: label.to_owned(),
            whole: (first, last),
            bars: spans(true),
            gaps: spans(false),
        }
    };
    let mut rows = vec![row("collectors", &|day| !day.collectors.is_empty())];
    rows.extend(reporting_groups(days).into_iter().map(|group| {
        row(group, &|day| day.reported.iter().any(|reported| reported.page_group == group))
    }));
    let description = format!(
        "{} of the period: those on which a collector worked, and those on which the pages of each group reported something.",
        count(days.len() as u64, "day")
    );
    let timeline = Timeline {
        id: "operation",
        title: "Days on which collectors worked and pages reported",
        description: &description,
        tone: Tone::Calm,
        bars: "at work, or reports",
        gaps: "nothing",
        gap: "nothing",
        rest: "the period",
        rows,
    };
    html! { figure tabindex="0" { (timeline.markup()) } }
}

fn closing() -> Markup {
    html! {
        section class="closing" {
            h2 { "What this cannot show" }
            ul { @for limit in LIMITS { li { (limit) } } }
        }
    }
}
