//! The digest as a page to mail and to keep.

use maud::{Markup, html};

use super::{DigestDestination, DigestInputs, Undecided};
use crate::audit::html::page::page;
use crate::audit::html::table::{Cell, table};
use crate::audit::html::values::{count, moment};
use crate::audit::script_inventory::script_name;
use crate::base::display::{day_ranges, defanged, defanged_words, of_them, period};
use crate::decisions::Undo;
use crate::store::evidence::EvidenceDecision;
use crate::store::scripts::RecordedScriptDecision;

/// The whole page, with a part for each site.
pub fn page_of(digests: &[DigestInputs]) -> String {
    let sites: Vec<&str> = digests.iter().map(|digest| &*digest.site).collect();
    let body = html! {
        @for digest in digests { (site(digest)) }
    };
    page(&format!("Digest of {}", sites.join(", ")), body)
}

fn site(digest: &DigestInputs) -> Markup {
    let (from, to) = digest.period;
    let (alerts, drills) = (digest.alerts(), digest.records.drills.len());
    html! {
        header {
            p class="kind" { "Digest" }
            h1 { (digest.site) }
            p class="lead" {
                (period(from, to)) " (UTC): " (count(alerts.pages as u64, "alert")) " that paged, "
                (count(alerts.tickets as u64, "ticket")) "."
            }
        }
        (undecided(&digest.undecided()))
        (new_destinations(&digest.destinations()))
        (decided(digest))
        (releases(digest))
        h2 { "Drills" }
        p { (of_them(drills as u64, digest.records.count_passed_drills() as u64, "passed")) }
        (gaps(digest))
    }
}

fn undecided(undecided: &Undecided<'_>) -> Markup {
    let rows = undecided.findings.iter().map(|finding| {
        [
            Cell::Time(finding.first_alert),
            Cell::text(finding.severity.as_str()),
            Cell::host(finding.destination),
            Cell::text(finding.page_groups.join(", ")),
            Cell::Number(finding.reports),
            Cell::text(defanged_words(finding.reason)),
        ]
    });
    let names = ["First alert", "Severity", "Destination", "Page groups", "Reports", "Why"];
    html! {
        (heading("Still undecided", undecided.findings.len(), names, rows))
        @if undecided.omitted > 0 {
            p class="note" { (count(undecided.omitted, "more destination")) ", younger than these, are left out." }
        }
    }
}

fn new_destinations(found: &[DigestDestination<'_>]) -> Markup {
    let rows = found.iter().map(|found| {
        let decision = found.decision.map_or_else(
            || "none".to_owned(),
            |decision| format!("{} by {}", decision.in_words(), decision.by),
        );
        [
            Cell::text(found.severity.as_str()),
            Cell::host(found.destination),
            Cell::text(found.page_groups.join(", ")),
            Cell::Time(found.first_seen),
            Cell::Number(found.reports),
            Cell::text(decision),
        ]
    });
    let names = ["Severity", "Destination", "Page groups", "Since", "Reports", "Decision"];
    heading("New destinations", found.len(), names, rows)
}

fn decided(digest: &DigestInputs) -> Markup {
    let mut rows: Vec<_> = digest.records.decisions.iter().map(decision).collect();
    rows.extend(digest.script_decisions().map(script));
    rows.sort_by_key(|(at, _)| *at);
    let names = ["At", "Decision", "About", "By", "Why"];
    heading("Decided", rows.len(), names, rows.into_iter().map(|(_, row)| row))
}

/// A row of what was decided, and when.
type Decided = (crate::base::clock::Timestamp, [Cell; 5]);

fn decision(decision: &EvidenceDecision) -> Decided {
    let until = decision.until.filter(|_| decision.undo() != Undo::ToNothing);
    let until = until.map_or_else(String::new, |until| format!(" until {} UTC", moment(until)));
    let row = [
        Cell::Time(decision.decided_at),
        Cell::text(format!("{}{until}", decision.in_words())),
        Cell::host(&decision.destination),
        Cell::text(&*decision.by),
        Cell::text(defanged_words(&decision.why)),
    ];
    (decision.decided_at, row)
}

fn script(decision: &RecordedScriptDecision) -> Decided {
    let RecordedScriptDecision { script_host, script_path, hash, .. } = decision;
    let row = [
        Cell::Time(decision.decided_at),
        Cell::text(&*decision.decision),
        Cell::text(format!("script {}", script_name(&defanged(script_host), script_path, hash))),
        Cell::text(&*decision.by),
        Cell::text(defanged_words(&decision.justification)),
    ];
    (decision.decided_at, row)
}

fn releases(digest: &DigestInputs) -> Markup {
    let rows = digest.releases.iter().map(|release| {
        [
            Cell::Time(release.at),
            Cell::text(&*release.version),
            Cell::text(&*release.environment),
            Cell::text(&*release.by),
        ]
    });
    heading("Releases", digest.releases.len(), ["At", "Version", "Where", "By"], rows)
}

fn gaps(digest: &DigestInputs) -> Markup {
    let gaps = digest.gaps();
    let list = |days: &[String]| {
        let days: Vec<&str> = days.iter().map(String::as_str).collect();
        if days.is_empty() { "none".to_owned() } else { day_ranges(&days).join(", ") }
    };
    html! {
        h2 { "Gaps" }
        p { "Days without a collector: " (list(&gaps.without_collector)) }
        p { "Days with a collector and no report: " (list(&gaps.without_report)) }
    }
}

/// A heading with the number of rows, and the rows.
fn heading<const N: usize>(
    what: &str,
    number: usize,
    names: [&str; N],
    rows: impl Iterator<Item = [Cell; N]>,
) -> Markup {
    html! {
        @if number == 0 {
            h2 { (what) ": none" }
        } @else {
            h2 { (what) ": " (number) }
            (table(names, rows))
        }
    }
}
