//! What to do with the suggested headers.

use std::collections::BTreeSet;

use super::{PLACEHOLDER, PolicyReport};
use crate::audit::policy_advice::{Advice, IntegrityStatus, trials};

/// The notes about a page group, one a line.
pub(super) fn of(report: &PolicyReport<'_>, advice: &Advice<'_>) -> Vec<String> {
    let suggestion = &advice.suggestion;
    let mut notes = Vec::new();
    notes.extend(trials(&advice.suggestion, (report.from, report.to), report.now));
    if report.endpoint == PLACEHOLDER {
        notes.push(format!(
            "Replace {PLACEHOLDER} by the collector's origin as browsers reach it, or give that with --endpoint."
        ));
    }
    if report.site.has_key() {
        notes.push(format!(
            "The site's endpoint can be signed: let the server insert the URL that `cspwatch sign --site {}` prints.",
            report.site.name
        ));
    }
    let texts = [suggestion.now.text(), suggestion.strict.text()];
    if texts.iter().any(|text| text.contains("{RANDOM}")) {
        notes.push(
            "Let the server replace {RANDOM} by a value that is new in each response.".to_owned(),
        );
    }
    for omitted in &suggestion.omitted {
        notes.push(format!(
            "{}: {} trusted sources are omitted, because reports ask for more than a policy can list.",
            omitted.directive, omitted.sources
        ));
    }
    if !suggestion.masked.is_empty() {
        let sources = suggestion.masked.len();
        let directives: BTreeSet<_> =
            suggestion.masked.iter().map(|source| &*source.directive).collect();
        let directives = directives.into_iter().collect::<Vec<_>>().join(", ");
        notes.push(format!(
            "Sources that are left out because redaction masked a part of them, so that they cannot be written into a policy: \
             {sources} ({directives}). Add them by hand; --current gives the command your whole policy."
        ));
    }
    let untrusted = suggestion.now.untrusted_hosts();
    if untrusted > 0 {
        notes.push(format!(
            "Hosts that are listed only because the current policy has them: {untrusted}; check whether they are yours."
        ));
    }
    notes.push(integrity(advice.integrity));
    notes.push(
        "Connection-Allowlist is report-only: below is when to enforce it, and when not."
            .to_owned(),
    );
    notes
}

fn integrity(status: IntegrityStatus) -> String {
    match status {
        IntegrityStatus::NoReports => {
            "Integrity-Policy is report-only: no browser has reported for it yet.".to_owned()
        }
        IntegrityStatus::Missing(reports) => format!(
            "Integrity-Policy is report-only: {reports} reports name trusted scripts without integrity metadata."
        ),
        IntegrityStatus::Complete => {
            "Integrity-Policy is enforced: within the range, every trusted script had integrity metadata.".to_owned()
        }
    }
}
