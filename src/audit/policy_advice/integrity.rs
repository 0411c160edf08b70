//! Whether scripts without integrity metadata may be refused already.

use super::evidence::Evidence;
use crate::report::Kind;

/// What reports of `Integrity-Policy` say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Integrity {
    /// No browser ever reported for it: the header was not sent yet, or nothing lacks integrity metadata.
    Unheard,
    /// So many reports of the range name expected scripts without it.
    Lacking(u64),
    /// Reports came before the range, and within it none names an expected script.
    Complete,
}

impl Integrity {
    /// What the evidence says. `was_heard`: a report for `Integrity-Policy` ever came of these pages.
    pub fn of(evidence: &Evidence<'_>, was_heard: bool) -> Self {
        let lacking = evidence.given.reported.iter().filter(|it| {
            it.kind == Kind::Integrity
                && evidence.of_host(&it.blocked.host, &it.document_host).is_ok()
        });
        match (lacking.map(|it| it.reports).sum(), was_heard) {
            (0, true) => Self::Complete,
            (0, false) => Self::Unheard,
            (reports, _) => Self::Lacking(reports),
        }
    }

    /// The header's name.
    pub fn header(self) -> &'static str {
        match self {
            Self::Complete => "Integrity-Policy",
            Self::Unheard | Self::Lacking(_) => "Integrity-Policy-Report-Only",
        }
    }
}
