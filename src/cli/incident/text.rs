//! The exposure window for people.

use std::io::{self, Write};

use super::super::table::{self, defanged, safe, seconds};
use super::changes::Change;
use super::coverage::Coverage;
use super::sums;
use crate::base::display::{day, defanged_words};
use crate::store::incident::{Incident, Related};

pub(super) fn print(
    out: &mut impl Write,
    destination: &str,
    found: &Incident,
    coverage: &Coverage,
    changes: &[Change],
) -> io::Result<()> {
    let summary = &found.summary;
    let list = |values: &[String]| safe(&values.join(", "));
    let days: Vec<String> = summary.active_days.iter().copied().map(day).collect();
    let directives = sums(found.directives.iter().map(|it| (it.directive.as_str(), it.reports)));
    let dispositions =
        sums(found.directives.iter().map(|it| (it.disposition.as_str(), it.reports)));
    let engines = sums(found.engines.iter().map(|it| (it.engine.as_str(), it.reports)));
    // A report that came again to another collector is not another one.
    let redelivered = match found.redelivered {
        0 => String::new(),
        again => format!(", of which {again} came twice"),
    };
    for (name, value) in [
        ("Destination", defanged(destination)),
        ("First report", seconds(summary.first_seen)),
        ("Last report", seconds(summary.last_seen)),
        ("Active days", format!("{}: {}", days.len(), days.join(", "))),
        ("Reports", format!("{}{redelivered}", summary.reports)),
        (
            "Clients",
            format!("{}, of {} networks (exact below 65,536)", summary.clients, summary.networks),
        ),
        ("Sites", list(&summary.sites)),
        ("Page groups", list(&summary.page_groups)),
        ("Directives", counted(directives)),
        ("Dispositions", counted(dispositions)),
        ("Engines", counted(engines)),
    ] {
        writeln!(out, "{name:12}  {value}")?;
    }
    periods(out, found)?;
    silent(out, coverage)?;
    pages(out, found)?;
    addresses(out, found)?;
    tags(out, found)?;
    related(out, found)?;
    what_changed(out, changes)?;
    decisions(out, found)
}

fn periods(out: &mut impl Write, found: &Incident) -> io::Result<()> {
    let rows: Vec<_> = found
        .periods
        .iter()
        .map(|it| {
            [
                seconds(it.period_from),
                seconds(it.period_to),
                it.reports.to_string(),
                it.clients.to_string(),
            ]
        })
        .collect();
    table::section(out, "When it was active", ["FROM", "TO", "REPORTS", "CLIENTS"], &rows)
}

/// What the reader must not take for innocence.
fn silent(out: &mut impl Write, coverage: &Coverage) -> io::Result<()> {
    let rows: Vec<_> = coverage
        .places
        .iter()
        .flat_map(|place| {
            place.silent.iter().map(|(from, to)| {
                [safe(&place.site), safe(&place.page_group), seconds(*from), seconds(*to)]
            })
        })
        .collect();
    let heading = "Between the first and the last report, when these pages reported nothing at all";
    if rows.is_empty() {
        return writeln!(out, "\n{heading}: never");
    }
    table::section(out, heading, ["SITE", "PAGES", "FROM", "TO"], &rows)
}

fn pages(out: &mut impl Write, found: &Incident) -> io::Result<()> {
    let rows: Vec<_> = found
        .pages
        .iter()
        .map(|it| {
            let (first, last) = (seconds(it.first_seen), seconds(it.last_seen));
            let (reports, clients) = (it.reports.to_string(), it.clients.to_string());
            [safe(&it.site), safe(&it.page_group), safe(&it.path), reports, clients, first, last]
        })
        .collect();
    let names = ["SITE", "PAGES", "PATH", "REPORTS", "CLIENTS", "FIRST", "LAST"];
    table::section(out, "On which pages", names, &rows)
}

fn addresses(out: &mut impl Write, found: &Incident) -> io::Result<()> {
    let rows: Vec<_> = found
        .scripts
        .iter()
        .map(|it| {
            let [to, by] =
                [(&it.blocked_host, &it.blocked_path), (&it.source_host, &it.source_path)]
                    .map(|(host, path)| safe(&format!("{}{path}", defanged(host))));
            [to, by, it.reports.to_string(), seconds(it.first), seconds(it.last)]
        })
        .collect();
    let names = ["ADDRESS", "SCRIPT", "REPORTS", "FIRST", "LAST"];
    table::section(out, "Which addresses, called by which script", names, &rows)
}

fn tags(out: &mut impl Write, found: &Incident) -> io::Result<()> {
    if found.tags.is_empty() {
        return writeln!(
            out,
            "\nWhom: no report carried a tag (?tag= in the report URL, see deploy/tags.md)"
        );
    }
    let rows: Vec<_> = found
        .tags
        .iter()
        .map(|it| {
            let signed = if it.signed { "yes" } else { "no" };
            [safe(&it.tag), signed.to_owned(), seconds(it.first_seen), it.reports.to_string()]
        })
        .collect();
    table::section(
        out,
        "Whom, by tag (one that is not signed, anybody can have made up)",
        ["TAG", "SIGNED", "FIRST", "REPORTS"],
        &rows,
    )
}

fn related(out: &mut impl Write, found: &Incident) -> io::Result<()> {
    if found.related.is_empty() {
        return writeln!(out, "\nRelated destinations: none");
    }
    let rows: Vec<_> = found
        .related
        .iter()
        .map(|it| {
            let (first, last) = (seconds(it.first_seen), seconds(it.last_seen));
            let groups = safe(&it.page_groups.join(", "));
            [defanged(&it.destination), why(it), groups, it.reports.to_string(), first, last]
        })
        .collect();
    let names = ["DESTINATION", "WHY", "PAGES", "REPORTS", "FIRST", "LAST"];
    table::section(out, "Related destinations", names, &rows)
}

/// With the hours, which are a matter of degree.
pub(super) fn why(it: &Related) -> String {
    let why = it.why().join(", ");
    let hours = it.hours;
    if !hours.are_the_same() {
        return why;
    }
    format!("{why}: {} of {} hours, and {} others", hours.shared, hours.its, hours.others)
}

fn what_changed(out: &mut impl Write, changes: &[Change]) -> io::Result<()> {
    let heading = "What else changed then, from a day before the first report";
    if changes.is_empty() {
        return writeln!(out, "\n{heading}: nothing that reports told of");
    }
    let rows: Vec<_> = changes
        .iter()
        .map(|it| {
            let group = safe(it.page_group.as_deref().unwrap_or_default());
            let what = it.what.as_str().to_owned();
            [seconds(it.at), what, safe(&it.site), group, defanged_words(&it.text)]
        })
        .collect();
    table::section(out, heading, ["AT", "WHAT", "SITE", "PAGES", "CHANGE"], &rows)
}

fn decisions(out: &mut impl Write, found: &Incident) -> io::Result<()> {
    let rows: Vec<_> = found
        .decisions
        .iter()
        .map(|it| {
            [
                seconds(it.decided_at),
                safe(&it.site),
                safe(&it.decision),
                safe(&it.by),
                safe(&it.why),
            ]
        })
        .collect();
    if rows.is_empty() {
        return writeln!(out, "\nWhat people decided: nothing yet");
    }
    table::section(out, "What people decided", ["AT", "SITE", "DECISION", "BY", "WHY"], &rows)
}

fn counted(sums: std::collections::BTreeMap<&str, u64>) -> String {
    let words = sums.into_iter().map(|(value, reports)| format!("{value} {reports}"));
    safe(&words.collect::<Vec<_>>().join(", "))
}
