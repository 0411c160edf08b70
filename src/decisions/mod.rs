//! What people decide about destinations and scripts, and which hosts are on threat lists. Both change while the collector
//! runs: decisions come from ClickHouse within seconds ([`crate::peers`]), and a list is read again when its file changes.

mod destinations;
mod extent;
mod host;
mod release;
mod scripts;
mod threats;
mod undo;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::{ArcSwap, Guard};

use crate::base::limits;

pub use destinations::{Decision, Decisions, LearntDecision, RecordedDecision, is_undone};
pub use extent::{ContactedFrom, Extent, SeenAt, covers_directive, extent_words};
pub use host::{HostError, destination_of, host_of};
pub use release::check_release;
pub use scripts::{ApprovalTarget, Approvals, INLINE, is_inline};
pub use threats::{ListSummary, ThreatFiles, ThreatLists};
pub use undo::{LoggedDecision, Standing, Undo, reason as undo_reason, standings};

/// The text that a decision is kept with for years, neither empty nor endless; the message completes "the reason …".
///
/// # Errors
/// What is wrong with it.
pub fn kept_text(text: &str) -> Result<&str, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("must not be empty: it is kept with the decision".to_owned());
    }
    if text.len() > limits::DECISION_BYTES {
        return Err(format!("is too long: at most {} bytes", limits::DECISION_BYTES));
    }
    Ok(text)
}

/// The decisions and threat lists in force now. Reloading the configuration does not change them.
#[derive(Debug, Default)]
pub struct LiveDecisions {
    decisions: ArcSwap<Decisions>,
    threats: ArcSwap<ThreatLists>,
    epoch: AtomicU64,
}

impl LiveDecisions {
    /// People's decisions about destinations.
    pub fn decisions(&self) -> Guard<Arc<Decisions>> {
        self.decisions.load()
    }

    /// The hosts on threat lists.
    pub fn threats(&self) -> Guard<Arc<ThreatLists>> {
        self.threats.load()
    }

    /// A number that changes whenever a decision or a list does, so that caches notice.
    pub fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    /// Replaces all decisions, and begins an epoch.
    pub fn set_decisions(&self, decisions: Decisions) {
        self.decisions.store(Arc::new(decisions));
        self.begin_epoch();
    }

    /// Replaces all threat lists, and begins an epoch.
    pub fn set_threats(&self, threats: ThreatLists) {
        self.threats.store(Arc::new(threats));
        self.begin_epoch();
    }

    /// Changes [`LiveDecisions::epoch`]: another decision or list is in force, or a decision has expired.
    pub fn begin_epoch(&self) {
        self.epoch.fetch_add(1, Ordering::Release);
    }
}
