//! The pack as a page to keep, to send and to print.

mod sections;

use maud::{Markup, html};

use super::words::{LIMITS, SUPPORTS};
use super::{Pack, operation};
use crate::audit::html::page::page;
use crate::audit::html::table::{Cell, table};
use crate::audit::html::timeline::{Span, Timeline, TimelineRow};
use crate::audit::html::values::{count, moment, number};
use crate::audit::script_inventory::{Approval, changes};
use operation::{DAY_MILLIS, DayOfWork};

/// The whole page.
pub(super) fn of(pack: &Pack<'_>) -> String {
    let days = operation::days(pack);
    let changes = changes(&pack.scripts, &pack.decided, (pack.from.0, pack.to.0));
    let body = html! {
        header {
            p class="kind" { "Evidence of payment page monitoring" }
            h1 { (pack.site) }
            p class="lead" { (sentence(pack)) }
        }
        (facts(pack, &days))
        (supports())
        h2 { "Operation, at a glance" }
        (timeline(&days))
        (sections::gaps(&days))
        (sections::scripts(pack))
        (sections::changes(&changes))
        (sections::alerts(pack))
        (sections::notifications(pack))
        (sections::decisions(pack))
        (sections::policies(pack))
        (sections::operation(&days))
        (closing())
        footer {
            "Made at " (moment(pack.made_at.0)) " UTC by cspwatch " (env!("CARGO_PKG_VERSION")) " from the database "
            (pack.database) ". The same as data: cspwatch evidence --json."
        }
    };
    page(&format!("Evidence {}", pack.site), body)
}

fn sentence(pack: &Pack<'_>) -> String {
    let pages = match pack.page_group {
        "" => String::new(),
        group => format!(", pages {group}"),
    };
    format!(
        "What browsers told of this site{pages} from {} to {} (UTC), and what people decided about it. It supports \
         evidence for PCI DSS 4.0.1, requirements 6.4.3 and 11.6.1.",
        moment(pack.from.0),
        moment(pack.to.0)
    )
}

fn facts(pack: &Pack<'_>, days: &[DayOfWork<'_>]) -> Markup {
    let (unwatched, unheard) = operation::gaps(days);
    let of =
        |wanted: Approval| pack.scripts.iter().filter(|it| it.approval() == wanted).count() as u64;
    let found = &pack.found;
    let pages = found.alerts.iter().filter(|alert| alert.severity == "page").count() as u64;
    let facts = [
        (
            "Scripts",
            format!(
                "{}: {} approved, {} partly, {} not approved, {} not seen running",
                number(pack.scripts.len() as u64),
                number(of(Approval::Whole)),
                number(of(Approval::Partial)),
                number(of(Approval::Missing)),
                number(of(Approval::NotSeenRunning))
            ),
        ),
        (
            "Alerts",
            format!("{}, {} of them urgent", number(found.alerts.len() as u64), number(pages)),
        ),
        ("Policies", number(found.policies.len() as u64)),
        (
            "Days",
            format!(
                "{}; {} on which no collector is known to have worked, {} without any report",
                number(days.len() as u64),
                number(unwatched.len() as u64),
                number(unheard.len() as u64)
            ),
        ),
    ];
    html! { dl { @for (name, value) in facts { dt { (name) } dd { (value) } } } }
}

fn supports() -> Markup {
    let rows =
        SUPPORTS.iter().map(|it| [it.requirement, it.asks, it.evidence, it.open].map(Cell::text));
    html! {
        h2 { "What it supports" }
        p class="note" {
            "Requirements in our words; the standard's text holds. What a report cannot show remains to be shown by other means."
        }
        (table(["PCI DSS", "Asks that", "Evidence in here", "Remains open"], rows))
    }
}

/// One row for the collectors, and one for each page group: a bar for each day on which something was heard.
fn timeline(days: &[DayOfWork<'_>]) -> Markup {
    let groups: std::collections::BTreeSet<&str> =
        days.iter().flat_map(|day| &day.heard).map(|it| it.page_group.as_str()).collect();
    let row = |label: &str, is_there: &dyn Fn(&DayOfWork<'_>) -> bool| {
        let spans = |wanted: bool| -> Vec<Span> {
            let wanted = days.iter().filter(|day| is_there(day) == wanted);
            wanted.map(|day| (day.begin, day.begin + DAY_MILLIS)).collect()
        };
        let first = days.first().map_or(0, |day| day.begin);
        let last = days.last().map_or(0, |day| day.begin + DAY_MILLIS);
        TimelineRow {
            label: label.to_owned(),
            whole: (first, last),
            bars: spans(true),
            gaps: spans(false),
        }
    };
    let mut rows = vec![row("collectors", &|day| !day.collectors.is_empty())];
    rows.extend(
        groups
            .into_iter()
            .map(|group| row(group, &|day| day.heard.iter().any(|it| it.page_group == group))),
    );
    let description = format!(
        "{} of the period: on which a collector worked, and on which the pages of each group reported something.",
        count(days.len() as u64, "day")
    );
    let timeline = Timeline {
        id: "operation",
        title: "Days on which somebody listened",
        description: &description,
        bars: "heard",
        gaps: "nothing heard",
        gap: "nothing",
        rest: "the period",
        rows,
    };
    timeline.markup()
}

fn closing() -> Markup {
    html! {
        section class="closing" {
            h2 { "What this cannot show" }
            ul { @for limit in LIMITS { li { (limit) } } }
        }
    }
}
