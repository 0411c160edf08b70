//! The exposure window for people.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::super::table::{self, defanged, safe, seconds};
use crate::audit::incident::{Coverage, ExposureWindow, SiteChange, why_with_hours};
use crate::base::display::{count, day, defanged_words};
use crate::store::incident::Incident;

pub(super) fn print(out: &mut impl Write, window: &ExposureWindow) -> io::Result<()> {
    let ExposureWindow { incident, coverage, changes, .. } = window;
    summary(out, window)?;
    alerts(out, incident)?;
    periods(out, incident)?;
    silent(out, coverage)?;
    pages(out, incident)?;
    addresses(out, incident)?;
    tags(out, incident)?;
    related(out, incident)?;
    what_changed(out, changes)?;
    decisions(out, incident)
}

fn summary(out: &mut impl Write, window: &ExposureWindow) -> io::Result<()> {
    let summary = &window.incident.summary;
    let list = |values: &[String]| safe(&values.join(", "));
    let days: Vec<String> = summary.active_days.iter().copied().map(day).collect();
    let redelivered = match window.incident.redelivered {
        0 => String::new(),
        again => format!(", {again} of them delivered twice"),
    };
    for (name, value) in [
        ("Destination", defanged(&window.destination)),
        ("First report", seconds(summary.first_seen)),
        ("Last report", seconds(summary.last_seen)),
        ("Active days", format!("{}: {}", days.len(), days.join(", "))),
        ("Reports", format!("{}{redelivered}", summary.reports)),
        (
            "Visitors",
            format!(
                "{}, in {} (exact below 65,536)",
                summary.clients,
                count(summary.networks, "network")
            ),
        ),
        ("Sites", list(&summary.sites)),
        ("Page groups", list(&summary.page_groups)),
        ("Directives", counted(window.directives())),
        ("Dispositions", counted(window.dispositions())),
        ("Engines", counted(window.engines())),
    ] {
        writeln!(out, "{name:12}  {value}")?;
    }
    Ok(())
}

fn alerts(out: &mut impl Write, incident: &Incident) -> io::Result<()> {
    let rows: Vec<_> = incident
        .alerts
        .iter()
        .map(|alert| {
            [
                seconds(alert.raised),
                safe(&alert.severity),
                safe(&alert.alert),
                safe(&alert.site),
                safe(&alert.page_group),
                defanged_words(&alert.why),
            ]
        })
        .collect();
    let heading = "Why it alerted";
    if rows.is_empty() {
        return writeln!(out, "\n{heading}: no alert was raised about it");
    }
    table::section(out, heading, ["AT", "SEVERITY", "ALERT", "SITE", "PAGES", "WHY"], &rows)
}

fn periods(out: &mut impl Write, incident: &Incident) -> io::Result<()> {
    let rows: Vec<_> = incident
        .periods
        .iter()
        .map(|period| {
            [
                seconds(period.period_from),
                seconds(period.period_to),
                period.reports.to_string(),
                period.clients.to_string(),
            ]
        })
        .collect();
    table::section(out, "When it was active", ["FROM", "TO", "REPORTS", "CLIENTS"], &rows)
}

/// The hours without any report, so that nobody takes them for hours without the destination.
fn silent(out: &mut impl Write, coverage: &Coverage) -> io::Result<()> {
    let rows: Vec<_> = coverage
        .silent_stretches()
        .map(|(group, from, to)| {
            [safe(&group.site), safe(&group.page_group), seconds(from), seconds(to)]
        })
        .collect();
    let heading = "When these pages reported nothing at all, between the first and the last report";
    if rows.is_empty() {
        return writeln!(out, "\n{heading}: never");
    }
    table::section(out, heading, ["SITE", "PAGES", "FROM", "TO"], &rows)
}

fn pages(out: &mut impl Write, incident: &Incident) -> io::Result<()> {
    let rows: Vec<_> = incident
        .pages
        .iter()
        .map(|page| {
            [
                safe(&page.site),
                safe(&page.page_group),
                safe(&page.path),
                page.reports.to_string(),
                page.clients.to_string(),
                seconds(page.first_seen),
                seconds(page.last_seen),
            ]
        })
        .collect();
    let names = ["SITE", "PAGES", "PATH", "REPORTS", "CLIENTS", "FIRST", "LAST"];
    table::section(out, "On which pages", names, &rows)
}

fn addresses(out: &mut impl Write, incident: &Incident) -> io::Result<()> {
    let address = |host: &str, path: &str| safe(&format!("{}{path}", defanged(host)));
    let rows: Vec<_> = incident
        .scripts
        .iter()
        .map(|script| {
            [
                address(&script.blocked_host, &script.blocked_path),
                address(&script.source_host, &script.source_path),
                script.reports.to_string(),
                seconds(script.first),
                seconds(script.last),
            ]
        })
        .collect();
    let names = ["ADDRESS", "SCRIPT", "REPORTS", "FIRST", "LAST"];
    table::section(out, "Which addresses, requested by which script", names, &rows)
}

fn tags(out: &mut impl Write, incident: &Incident) -> io::Result<()> {
    if incident.tags.is_empty() {
        return writeln!(
            out,
            "\nOrders and sessions: no report carried a tag (?tag= in the report URL)"
        );
    }
    let rows: Vec<_> = incident
        .tags
        .iter()
        .map(|tag| {
            let signed = if tag.signed { "yes" } else { "no" };
            [safe(&tag.tag), signed.to_owned(), seconds(tag.first_seen), tag.reports.to_string()]
        })
        .collect();
    table::section(
        out,
        "Tags of orders and sessions (anybody can make up a tag that is not signed)",
        ["TAG", "SIGNED", "FIRST", "REPORTS"],
        &rows,
    )
}

fn related(out: &mut impl Write, incident: &Incident) -> io::Result<()> {
    if incident.related.is_empty() {
        return writeln!(out, "\nRelated destinations: none");
    }
    let rows: Vec<_> = incident
        .related
        .iter()
        .map(|related| {
            [
                defanged(&related.destination),
                why_with_hours(related),
                safe(&related.page_groups.join(", ")),
                related.reports.to_string(),
                seconds(related.first_seen),
                seconds(related.last_seen),
            ]
        })
        .collect();
    let names = ["DESTINATION", "WHY", "PAGES", "REPORTS", "FIRST", "LAST"];
    table::section(out, "Related destinations", names, &rows)
}

fn what_changed(out: &mut impl Write, changes: &[SiteChange]) -> io::Result<()> {
    let heading = "What else changed, from a day before the first report to the last";
    if changes.is_empty() {
        return writeln!(out, "\n{heading}: nothing that reports show");
    }
    let rows: Vec<_> = changes
        .iter()
        .map(|change| {
            [
                seconds(change.at),
                change.kind.as_str().to_owned(),
                safe(&change.site),
                safe(change.page_group.as_deref().unwrap_or_default()),
                defanged_words(&change.text),
            ]
        })
        .collect();
    table::section(out, heading, ["AT", "WHAT", "SITE", "PAGES", "CHANGE"], &rows)
}

fn decisions(out: &mut impl Write, incident: &Incident) -> io::Result<()> {
    let rows: Vec<_> = incident
        .decisions
        .iter()
        .map(|decision| {
            [
                seconds(decision.decided_at),
                safe(&decision.site),
                safe(&decision.in_words()),
                safe(&decision.by),
                safe(&decision.why),
            ]
        })
        .collect();
    if rows.is_empty() {
        return writeln!(out, "\nDecisions: none yet");
    }
    table::section(out, "Decisions", ["AT", "SITE", "DECISION", "BY", "WHY"], &rows)
}

fn counted(reports: BTreeMap<&str, u64>) -> String {
    let texts = reports.into_iter().map(|(value, reports)| format!("{value} {reports}"));
    safe(&texts.collect::<Vec<_>>().join(", "))
}
