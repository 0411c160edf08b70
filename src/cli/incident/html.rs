//! The exposure window as a page to keep, to send and to print.

mod limits;
mod sections;

use std::time::Duration;

use maud::{Markup, html};

use super::changes::Change;
use super::coverage::Coverage;
use super::sums;
use crate::audit::html::page::page;
use crate::audit::html::timeline::{Row, Timeline};
use crate::audit::html::values::{count, moment, number};
use crate::base::clock::Timestamp;
use crate::base::display::{day, defanged};
use crate::store::incident::{Incident, PageGroupPeriod};

/// What was asked, and when.
pub(super) struct Made<'a> {
    pub(super) at: Timestamp,
    pub(super) database: &'a str,
    pub(super) site: &'a str,
    pub(super) gap: Duration,
}

/// The whole page.
pub(super) fn report(
    destination: &str,
    found: &Incident,
    periods: &[PageGroupPeriod],
    coverage: &Coverage,
    changes: &[Change],
    made: &Made<'_>,
) -> String {
    let name = defanged(destination);
    let body = html! {
        header {
            p class="kind" { "Exposure window" }
            h1 { (name) }
            p class="lead" { (sentence(&name, found)) }
        }
        (facts(found))
        h2 { "When, at a glance" }
        (timeline(&name, periods, coverage))
        (sections::periods(found))
        (sections::silent(coverage))
        (sections::pages(found))
        (sections::addresses(found))
        (sections::tags(found))
        (sections::related(found))
        (sections::changes(changes))
        (sections::decisions(found))
        (limits::closing())
        (footer(made))
    };
    page(&format!("Incident {name}"), body)
}

/// What, when and whom.
fn sentence(name: &str, found: &Incident) -> String {
    let summary = &found.summary;
    let sites = summary.sites.join(", ");
    let tags = match summary.tags {
        0 => "no report carried a tag that says whose".to_owned(),
        // The list is exact where the summary is an estimate.
        _ => format!("{} tell whose", count(found.tags.len() as u64, "tag")),
    };
    // uniq() of ClickHouse is exact as long as its sample holds all of them.
    let about = if summary.clients < 65_536 { "" } else { "about " };
    let clients = format!("{about}{}", count(summary.clients, "client"));
    format!(
        "From {} to {} (UTC), on {}, browsers reported {} that pages of {sites} wanted to reach {name}; {} told of it, and {tags}.",
        moment(summary.first_seen),
        moment(summary.last_seen),
        count(summary.active_days.len() as u64, "day"),
        match summary.reports {
            1 => "once".to_owned(),
            reports => format!("{} times", number(reports)),
        },
        clients,
    )
}

fn facts(found: &Incident) -> Markup {
    let summary = &found.summary;
    let days = items(summary.active_days.iter().copied().map(day));
    let directives = || found.directives.iter();
    let redelivered = match found.redelivered {
        0 => String::new(),
        again => format!(", of which {} came twice", number(again)),
    };
    let clients = format!(
        "{}, of {} (exact below 65,536, beyond within about 1 %)",
        number(summary.clients),
        count(summary.networks, "network")
    );
    let facts = [
        ("Active days", html! { (number(summary.active_days.len() as u64)) ": " (days) }),
        ("Reports", html! { (number(summary.reports)) (redelivered) }),
        ("Clients", html! { (clients) }),
        ("Sites", html! { (summary.sites.join(", ")) }),
        ("Page groups", html! { (summary.page_groups.join(", ")) }),
        ("Channels", counted(directives().map(|it| (it.channel.as_str(), it.reports)))),
        ("Directives", counted(directives().map(|it| (it.directive.as_str(), it.reports)))),
        ("Dispositions", counted(directives().map(|it| (it.disposition.as_str(), it.reports)))),
        ("Engines", counted(found.engines.iter().map(|it| (it.engine.as_str(), it.reports)))),
    ];
    html! { dl { @for (name, value) in facts { dt { (name) } dd { (value) } } } }
}

fn counted<'a>(values: impl Iterator<Item = (&'a str, u64)>) -> Markup {
    items(sums(values).into_iter().map(|(value, reports)| {
        let value = if value.is_empty() { "(none)" } else { value };
        format!("{value} {}", number(reports))
    }))
}

/// Short ones; no line breaks within one.
fn items(items: impl Iterator<Item = String>) -> Markup {
    html! { @for (place, item) in items.enumerate() { @if place > 0 { ", " } span class="item" { (item) } } }
}

fn timeline(name: &str, periods: &[PageGroupPeriod], coverage: &Coverage) -> Markup {
    let many_sites = coverage.places.iter().any(|place| place.site != coverage.places[0].site);
    let rows = coverage.places.iter().map(|place| {
        let of_place =
            |it: &&PageGroupPeriod| it.site == place.site && it.page_group == place.page_group;
        let bars = periods.iter().filter(of_place);
        Row {
            label: match many_sites {
                true => format!("{} {}", place.site, place.page_group),
                false => place.page_group.clone(),
            },
            whole: coverage.span,
            bars: bars.map(|it| (it.period_from, it.period_to)).collect(),
            gaps: place.silent.clone(),
        }
    });
    let timeline = Timeline {
        id: "timeline",
        title: &format!("When pages reported {name}"),
        description: "A row for each page group: bars where this destination was reported, hatched where the page group \
                      reported nothing at all. The tables below say the same in figures.",
        bars: "active",
        gaps: "not covered: no report of any kind",
        gap: "not covered",
        rest: "other reports only",
        rows: rows.collect(),
    };
    html! { figure { (timeline.markup()) } p class="note" { "All times on this page are UTC." } }
}

fn footer(made: &Made<'_>) -> Markup {
    let site = if made.site.is_empty() { "all sites" } else { made.site };
    html! {
        footer {
            "Made by cspwatch " (env!("CARGO_PKG_VERSION")) " on " (moment(made.at.0)) " UTC out of the database "
            (made.database) ": reports of " (site) "; " (number(made.gap.as_secs() / 60))
            " minutes without a report end a period."
        }
    }
}
