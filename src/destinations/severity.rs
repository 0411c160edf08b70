//! How much an unknown destination matters.

use crate::journal::Row;

/// Whether somebody is woken up. Ordered: a page is more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// To be looked at in working hours.
    Ticket,
    /// Now.
    Page,
}

impl Severity {
    /// The label's value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ticket => "ticket",
            Self::Page => "page",
        }
    }
}

/// Whether one report of this row is reason enough for a page, where cards are entered: a form that
/// posts elsewhere, or a card number that was on its way.
pub(super) fn is_strong(row: &Row<'_>) -> bool {
    row.directive == "form-action" || row.pan_in_url
}
