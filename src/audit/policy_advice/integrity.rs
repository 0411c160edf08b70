//! Whether the site can enforce `Integrity-Policy`, by which browsers block scripts without integrity metadata.

use super::evidence::PolicyEvidence;
use crate::report::Kind;

/// What the reports of `Integrity-Policy` show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntegrityStatus {
    /// No browser ever reported for it: the site does not send the header yet, or no script is without integrity metadata.
    NoReports,
    /// So many reports of the range name trusted scripts without integrity metadata.
    Missing(u64),
    /// There were reports before the range, and within it none names a trusted script.
    Complete,
}

impl IntegrityStatus {
    /// What the evidence shows. `has_reports`: browsers have ever reported for `Integrity-Policy` from these pages.
    pub fn of(evidence: &PolicyEvidence<'_>, has_reports: bool) -> Self {
        let missing = evidence.inputs.reports.iter().filter(|report| {
            report.kind == Kind::Integrity && evidence.assess_report(report).is_ok()
        });
        match (missing.map(|report| report.reports).sum(), has_reports) {
            (0, true) => Self::Complete,
            (0, false) => Self::NoReports,
            (reports, _) => Self::Missing(reports),
        }
    }

    /// The name of the header to send.
    pub fn header(self) -> &'static str {
        match self {
            Self::Complete => "Integrity-Policy",
            Self::NoReports | Self::Missing(_) => "Integrity-Policy-Report-Only",
        }
    }
}
