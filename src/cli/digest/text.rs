//! The digest as plain text: a mail shows it as it is.

use std::io::{self, Write};

use super::super::table::{self, defanged, safe, seconds};
use crate::audit::digest::{DigestDestination, DigestInputs, UndecidedFinding};
use crate::audit::script_inventory::script_name;
use crate::base::display::{day_ranges, defanged_words, of_them, period};
use crate::decisions::Undo;
use crate::store::evidence::EvidenceDecision;
use crate::store::releases::Release;
use crate::store::scripts::RecordedScriptDecision;

pub(super) fn print(out: &mut impl Write, digest: &DigestInputs) -> io::Result<()> {
    let (from, to) = digest.period;
    let alerts = digest.alerts();
    writeln!(out, "{}, {} (UTC)", safe(&digest.site), period(from, to))?;
    writeln!(out, "Alerts: {} that paged, {} tickets", alerts.pages, alerts.tickets)?;

    let undecided = digest.undecided();
    let names = ["FIRST ALERT", "SEVERITY", "DESTINATION", "PAGES", "REPORTS", "WHY"];
    let rows: Vec<_> = undecided.findings.iter().map(finding).collect();
    section(out, "Still undecided, the oldest first", names, &rows)?;
    if undecided.omitted > 0 {
        writeln!(out, "and {} younger ones that --json does not have", undecided.omitted)?;
    }

    let names = ["SEVERITY", "DESTINATION", "PAGES", "SINCE", "REPORTS", "DECISION"];
    let rows: Vec<_> = digest.destinations().iter().map(destination).collect();
    section(out, "New destinations", names, &rows)?;

    let names = ["AT", "DECISION", "ABOUT", "BY", "WHY"];
    let scripts = digest.script_decisions().map(script);
    let mut rows: Vec<_> = digest.records.decisions.iter().map(decision).chain(scripts).collect();
    rows.sort();
    section(out, "Decided", names, &rows)?;

    let rows: Vec<_> = digest.releases.iter().map(release).collect();
    section(out, "Releases", ["AT", "VERSION", "WHERE", "BY"], &rows)?;

    let (drills, passed) = (digest.records.drills.len(), digest.records.count_passed_drills());
    writeln!(out, "\nDrills: {}", of_them(drills as u64, passed as u64, "passed"))?;

    let gaps = digest.gaps();
    writeln!(out, "\nDays without a collector: {}", list(&gaps.without_collector))?;
    writeln!(out, "Days with a collector and no report: {}", list(&gaps.without_report))
}

/// A heading with the number of rows, and the rows.
fn section<const N: usize>(
    out: &mut impl Write,
    heading: &str,
    names: [&str; N],
    rows: &[[String; N]],
) -> io::Result<()> {
    if rows.is_empty() {
        return writeln!(out, "\n{heading}: none");
    }
    table::section(out, &format!("{heading}: {}", rows.len()), names, rows)
}

fn finding(finding: &UndecidedFinding<'_>) -> [String; 6] {
    [
        seconds(finding.first_alert),
        finding.severity.as_str().to_owned(),
        defanged(finding.destination),
        safe(&finding.page_groups.join(", ")),
        finding.reports.to_string(),
        defanged_words(finding.reason),
    ]
}

fn destination(found: &DigestDestination<'_>) -> [String; 6] {
    let decision = found.decision.map_or_else(
        || "none".to_owned(),
        |decision| format!("{} by {}", safe(&decision.in_words()), safe(&decision.by)),
    );
    [
        found.severity.as_str().to_owned(),
        defanged(found.destination),
        safe(&found.page_groups.join(", ")),
        seconds(found.first_seen),
        found.reports.to_string(),
        decision,
    ]
}

fn decision(decision: &EvidenceDecision) -> [String; 5] {
    let until = decision.until.filter(|_| decision.undo() != Undo::ToNothing);
    let until = until.map_or_else(String::new, |until| format!(" until {until}"));
    [
        seconds(decision.decided_at),
        format!("{}{until}", safe(&decision.in_words())),
        defanged(&decision.destination),
        safe(&decision.by),
        defanged_words(&decision.why),
    ]
}

fn script(decision: &RecordedScriptDecision) -> [String; 5] {
    [
        seconds(decision.decided_at),
        safe(&decision.decision),
        format!(
            "script {}",
            script_name(
                &defanged(&decision.script_host),
                &safe(&decision.script_path),
                &safe(&decision.hash)
            )
        ),
        safe(&decision.by),
        defanged_words(&decision.justification),
    ]
}

fn release(release: &Release) -> [String; 4] {
    [seconds(release.at), safe(&release.version), safe(&release.environment), safe(&release.by)]
}

fn list(days: &[String]) -> String {
    let days: Vec<&str> = days.iter().map(String::as_str).collect();
    if days.is_empty() { "none".to_owned() } else { day_ranges(&days).join(", ") }
}
