//! Reports that may belong to a page where cards are entered, though they do not name it. They wait until that is known.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::ObservedReport;
use super::visit_count::LAG;
use crate::base::client_id::ClientId;
use crate::base::clock::{DAY, Timestamp};
use crate::base::limits;
use crate::journal::{PreparedRow, Row};
use crate::report::Disposition;

/// How long a report waits: a destination that is found on the page later is one there from the beginning.
const WAITS: Duration = DAY;

/// The reports of a site that wait, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Unplaced(VecDeque<WaitingReport>);

/// A report that waits.
#[derive(Debug)]
pub(super) struct WaitingReport {
    pub(super) client: ClientId,
    pub(super) received: Timestamp,
    /// The page group that its sender was on; `None`: that is not known, and the report names no page.
    pub(super) group: Option<Arc<str>>,
    /// Whether it was looked at when all reports of its page view had arrived.
    pub(super) is_settled: bool,
    pub(super) row: PreparedRow,
    disposition: Disposition,
    extensionless: bool,
}

impl Unplaced {
    /// Adds a report. `group`: that of the page that its sender was on.
    pub(super) fn push(&mut self, report: &ObservedReport<'_>, group: Option<&Arc<str>>) {
        let now = report.received;
        while self.0.front().is_some_and(|first| !now.is_within(WAITS, first.received))
            || self.0.len() >= limits::UNPLACED_REPORTS
        {
            self.0.pop_front();
        }
        self.0.push_back(WaitingReport {
            client: report.client,
            received: now,
            group: group.cloned(),
            is_settled: false,
            row: PreparedRow::new(report.row),
            disposition: report.disposition,
            extensionless: report.extensionless,
        });
    }

    /// Takes the reports out that `is_placed`, the oldest first.
    pub(super) fn take(
        &mut self,
        mut is_placed: impl FnMut(&WaitingReport) -> bool,
    ) -> Vec<WaitingReport> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let (placed, waiting) =
            std::mem::take(&mut self.0).into_iter().partition(|report| is_placed(report));
        self.0 = waiting;
        Vec::from(placed)
    }

    /// Looks once at each report of a sender whose page is known, when its page view is complete. It waits on if it
    /// `is_elsewhere` than it says: the second argument is the page group.
    pub(super) fn settle(
        &mut self,
        now: Timestamp,
        mut is_elsewhere: impl FnMut(&WaitingReport, &Arc<str>) -> bool,
    ) {
        self.0.retain_mut(|report| {
            let is_due = !report.is_settled && !now.is_within(LAG, report.received);
            report.is_settled |= is_due;
            let group = report.group.as_ref().filter(|_| is_due);
            group.is_none_or(|group| is_elsewhere(report, group))
        });
    }

    /// Whether none waits.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl WaitingReport {
    /// The report, as one of this row that arrives now.
    pub(super) fn observed<'r>(&self, row: &'r Row<'_>, now: Timestamp) -> ObservedReport<'r> {
        ObservedReport {
            row,
            policy: None,
            disposition: self.disposition,
            extensionless: self.extensionless,
            client: self.client,
            session: 0,
            received: now,
            taken_elsewhere: false,
        }
    }
}
