//! What people decided about destinations, and what threat lists say of them. Changes while the collector runs:
//! decisions come from ClickHouse within seconds ([`crate::peers`]), lists are read again when their files change.

mod destinations;
mod name;
mod scripts;
mod threats;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::{ArcSwap, Guard};

pub use destinations::{Decided, Decision, Decisions};
pub use name::{NoName, host_of};
pub use scripts::{Approvals, Script};
pub use threats::{Listed, ThreatFiles, ThreatLists};

/// What holds at the moment; a reload of the configuration leaves it alone.
#[derive(Debug, Default)]
pub struct Guidance {
    decisions: ArcSwap<Decisions>,
    threats: ArcSwap<ThreatLists>,
    epoch: AtomicU64,
}

impl Guidance {
    /// What people decided.
    pub fn decisions(&self) -> Guard<Arc<Decisions>> {
        self.decisions.load()
    }

    /// What lists say.
    pub fn threats(&self) -> Guard<Arc<ThreatLists>> {
        self.threats.load()
    }

    /// A number that is another one whenever something else holds.
    pub fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    /// Replaces what people decided.
    pub fn set_decisions(&self, decisions: Decisions) {
        self.decisions.store(Arc::new(decisions));
        self.begin_epoch();
    }

    /// Replaces what lists say.
    pub fn set_threats(&self, threats: ThreatLists) {
        self.threats.store(Arc::new(threats));
        self.begin_epoch();
    }

    /// Something else holds: what was set, or the time of a decision is over.
    pub fn begin_epoch(&self) {
        self.epoch.fetch_add(1, Ordering::Release);
    }
}
