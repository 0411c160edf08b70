//! The evidence pack: what an assessor asks about a period, put together. Pure functions over what the store has read and
//! what Prometheus answered.

pub mod chain;
mod duties;
pub mod files;
mod headers;
pub mod html;
pub mod json;
mod notifications;
mod operation;
mod requirements;

pub use duties::{DUTIES, Duty, SAQ_A, SaqPoint};
pub use headers::{HeaderChange, HeaderDay, HeaderPage, Look, header_pages};
pub use notifications::{NotificationCount, NotificationCounts, NotificationMetric};
pub use operation::{Gaps, OperationDay, days, reporting_groups};
pub use requirements::{LIMITS, SUPPORTS, SupportedRequirement};

use crate::audit::script_inventory::{self, ApprovalStatus, InventoryScript, ScriptChange};
use crate::base::clock::Timestamp;
use crate::base::{display, limits};
use crate::store::evidence::PeriodRecords;
use crate::store::scripts::RecordedScriptDecision;

/// All that a pack is made of.
pub struct EvidencePack {
    /// Name of the site.
    pub site: String,
    /// Only pages of this group; empty for all pages.
    pub page_group: String,
    /// The beginning of the period.
    pub from: Timestamp,
    /// The end of the period, which is not part of it.
    pub to: Timestamp,
    /// When the pack was made.
    pub made_at: Timestamp,
    /// The database that it was made from.
    pub database: String,
    /// The script inventory of the period.
    pub scripts: Vec<InventoryScript>,
    /// Decisions about scripts until the end of the period, the oldest first.
    pub script_decisions: Vec<RecordedScriptDecision>,
    /// Alerts, decisions, policies, reports and collectors of the period.
    pub records: PeriodRecords,
    /// The notifications that Alertmanager sent; `None` where Prometheus was not queried.
    pub notifications: Option<NotificationCounts>,
}

impl EvidencePack {
    /// What happened to the scripts within the period, in the order of time.
    pub fn script_changes(&self) -> Vec<ScriptChange<'_>> {
        script_inventory::changes(&self.scripts, &self.script_decisions, (self.from, self.to))
    }

    /// How many scripts have this approval.
    pub fn count_scripts(&self, approval: ApprovalStatus) -> usize {
        self.scripts.iter().filter(|script| script.approval() == approval).count()
    }

    /// The period in words; and that it is not over yet, for what follows is missing.
    pub fn period(&self) -> String {
        let period = display::period(self.from, self.to);
        match self.to > self.made_at {
            true => {
                format!("{period}, which is not over: made at {}", display::moment(self.made_at))
            }
            false => period,
        }
    }

    /// The security headers of each page that somebody looked at, with each day of the period so far.
    pub fn header_pages(&self) -> Vec<HeaderPage<'_>> {
        header_pages(&self.records.headers, self.from, self.to.min(self.made_at))
    }

    /// Whether there are more looks at headers than the pack has: then those of the last days are missing.
    pub fn headers_are_cut(&self) -> bool {
        self.records.headers.len() as u64 >= limits::HEADER_ROWS_IN_EVIDENCE
    }

    /// Each day of the period so far, also those without reports.
    pub fn days(&self) -> Vec<OperationDay<'_>> {
        let end = self.to.min(self.made_at);
        operation::days(&self.records, self.from, end)
    }
}
