//! The exposure window as a page to keep, to send and to print.

mod limits;
mod next;
pub mod sections;

pub use next::ConsoleLinks;

use std::collections::BTreeMap;
use std::time::Duration;

use maud::{Markup, html};

use super::{Coverage, ExposureWindow, GroupCoverage};
use crate::audit::html::page::page;
use crate::audit::html::timeline::{Span, Timeline, TimelineRow, Tone};
use crate::audit::html::values::{count, items, moment, number};
use crate::base::clock::{SECOND, Timestamp};
use crate::base::display::{day, defanged};
use crate::store::incident::{Incident, PageGroupPeriod};

/// When the page was made, and from what.
pub struct Provenance<'a> {
    /// When.
    pub made_at: Timestamp,
    /// The database.
    pub database: &'a str,
    /// How long without a report ends a period.
    pub gap: Duration,
    /// The ways in the console, if the page is read there.
    pub console: Option<ConsoleLinks>,
}

/// The whole page.
pub fn page_of(
    window: &ExposureWindow,
    periods: &[PageGroupPeriod],
    provenance: &Provenance<'_>,
) -> String {
    let ExposureWindow { incident, coverage, changes, .. } = window;
    let name = defanged(&window.destination);
    let body = html! {
        header {
            p class="kind" { "Exposure window" }
            h1 { (name) }
            p class="lead" { (sentence(&name, incident)) }
        }
        (facts(window))
        (sections::alerts(incident))
        (next::steps(&name, provenance.console.as_ref()))
        h2 { "When, at a glance" }
        (timeline(&name, periods, coverage))
        p class="note" { "All times on this page are UTC." }
        (sections::periods(incident))
        (sections::silent(coverage))
        (sections::pages(incident))
        (sections::addresses(incident))
        (sections::tags(incident))
        (sections::related(incident))
        (sections::changes(changes))
        (sections::decisions(incident))
        (limits::closing())
        (footer(&window.site, provenance))
    };
    page(&format!("Incident {name}"), body)
}

/// What happened, when, and to how many.
fn sentence(name: &str, incident: &Incident) -> String {
    let summary = &incident.summary;
    let sites = summary.sites.join(", ");
    let tags = match summary.tags {
        0 => "no report carried a tag that names the order or session".to_owned(),
        // The list is exact where the summary is an estimate.
        _ => format!(
            "{} the orders or sessions{}",
            named_by(incident.tags.len() as u64),
            match summary.without_tag {
                0 => String::new(),
                without => format!(" ({} carried no tag)", count(without, "report")),
            }
        ),
    };
    // uniq() of ClickHouse is exact as long as its sample holds all of them.
    let about = if summary.clients < 65_536 { "" } else { "about " };
    let clients = format!("{about}{}", count(summary.clients, "visitor"));
    format!(
        "From {} to {} (UTC), on {}, browsers reported {} that pages of {sites} wanted to reach {name}. The reports came \
         from {clients}, and {tags}.",
        moment(summary.first_seen),
        moment(summary.last_seen),
        count(summary.active_days.len() as u64, "day"),
        match summary.reports {
            1 => "once".to_owned(),
            reports => format!("{} times", number(reports)),
        },
    )
}

fn named_by(tags: u64) -> String {
    let verb = if tags == 1 { "names" } else { "name" };
    format!("{} {verb}", count(tags, "tag"))
}

fn facts(window: &ExposureWindow) -> Markup {
    let summary = &window.incident.summary;
    let days = items(summary.active_days.iter().copied().map(day));
    let redelivered = match window.incident.redelivered {
        0 => String::new(),
        again => format!(", {} of them delivered twice", number(again)),
    };
    let clients = format!(
        "{}, in {} (exact below 65,536, beyond within about 1 %)",
        number(summary.clients),
        count(summary.networks, "network")
    );
    let facts = [
        ("Active days", html! { (number(summary.active_days.len() as u64)) ": " (days) }),
        ("Reports", html! { (number(summary.reports)) (redelivered) }),
        ("Visitors", html! { (clients) }),
        ("Sites", html! { (summary.sites.join(", ")) }),
        ("Page groups", html! { (summary.page_groups.join(", ")) }),
        ("Channels", counted(window.channels())),
        ("Directives", counted(window.directives())),
        ("Dispositions", dispositions(window)),
        ("Engines", counted(window.engines())),
    ];
    html! { dl { @for (name, value) in facts { dt { (name) } dd { (value) } } } }
}

/// How many reports were blocked, and how many were not.
fn dispositions(window: &ExposureWindow) -> Markup {
    let words = |disposition| match disposition {
        "enforce" => "enforce (blocked)",
        "report" => "report (not blocked)",
        "unknown" => "unknown (the browser does not say)",
        other => other,
    };
    let reports = window.dispositions().into_iter();
    counted(reports.map(|(disposition, reports)| (words(disposition), reports)).collect())
}

fn counted(reports: BTreeMap<&str, u64>) -> Markup {
    items(reports.into_iter().map(|(value, reports)| {
        let value = if value.is_empty() { "(none)" } else { value };
        format!("{value} {}", number(reports))
    }))
}

/// What the picture shows: the incident with some time around it, and not the hours that coverage is known by.
fn view(periods: &[PageGroupPeriod], coverage: &Coverage) -> Span {
    let begin = periods.iter().map(|period| period.period_from).min();
    let end = periods.iter().map(|period| period.period_to).max();
    let (Some(begin), Some(end)) = (begin, end) else { return coverage.span };
    let around = (end.since(begin) / 10).max(5 * SECOND);
    ((begin - around).max(coverage.span.0), (end + around).min(coverage.span.1))
}

/// When it was active on each page group, as a picture.
pub fn timeline(name: &str, periods: &[PageGroupPeriod], coverage: &Coverage) -> Markup {
    let groups = &coverage.page_groups;
    let has_many_sites = groups.iter().any(|group| group.site != groups[0].site);
    let label = |group: &GroupCoverage| match has_many_sites {
        true => format!("{} {}", group.site, group.page_group),
        false => group.page_group.clone(),
    };
    let whole = view(periods, coverage);
    let within = |&(from, to): &Span| (from.max(whole.0), to.min(whole.1));
    let rows = groups.iter().map(|group| {
        let is_active = |period: &&PageGroupPeriod| {
            period.site == group.site && period.page_group == group.page_group
        };
        let active = periods.iter().filter(is_active);
        TimelineRow {
            label: label(group),
            whole,
            bars: active.map(|period| (period.period_from, period.period_to)).collect(),
            gaps: group.silent.iter().map(within).filter(|(from, to)| from < to).collect(),
        }
    });
    let timeline = Timeline {
        id: "timeline",
        title: &format!("When pages reported {name}"),
        description: "One row for each page group: solid where this destination was reported, hatched where the page group \
                      reported nothing at all. The tables below have the same in figures.",
        tone: Tone::Alarm,
        bars: "active",
        gaps: "not covered: no report of any kind",
        gap: "not covered",
        rest: "other reports only",
        rows: rows.collect(),
    };
    html! { figure tabindex="0" { (timeline.markup()) } }
}

fn footer(site: &str, provenance: &Provenance<'_>) -> Markup {
    let site = if site.is_empty() { "all sites" } else { site };
    html! {
        footer {
            "Made by cspwatch " (env!("CARGO_PKG_VERSION")) " on " (moment(provenance.made_at))
            " UTC from the database " (provenance.database) ": reports of " (site) "; "
            (number(provenance.gap.as_secs() / 60)) " minutes without a report end a period."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::clock::HOUR;

    #[test]
    fn the_picture_of_a_short_incident_is_as_wide_as_the_incident() {
        let noon = Timestamp::parse("2026-11-01T12:00:00Z").expect("a time");
        let group = || ("shop".to_owned(), "payment".to_owned());
        let (site, page_group) = group();
        let covered = GroupCoverage { site, page_group, hours: 1, silent: Vec::new() };
        let coverage = Coverage { span: (noon, noon + HOUR), page_groups: vec![covered] };
        let (site, page_group) = group();
        let (period_from, period_to) = (noon + 10 * SECOND, noon + 32 * SECOND);
        let periods = [PageGroupPeriod { site, page_group, period_from, period_to }];
        assert_eq!(view(&periods, &coverage), (noon + 5 * SECOND, noon + 37 * SECOND));
        let picture = timeline("evil[.]example", &periods, &coverage).into_string();
        assert!(picture.contains(">12:00:10</text>"), "{picture}");
        assert_eq!(view(&[], &coverage), coverage.span);
    }
}
