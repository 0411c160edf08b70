//! What people decided about destinations, and what threat lists say of them. Changes while the collector runs:
//! decisions come from ClickHouse within seconds ([`crate::exchange`]), lists are read again when their files change.

mod decisions;
mod name;
mod threats;

use arc_swap::ArcSwap;

pub use decisions::{Decided, Decision, Decisions};
pub use name::{NoName, host_of};
pub use threats::{Listed, ThreatFiles, ThreatLists};

/// What holds at the moment; a reload of the configuration leaves it alone.
#[derive(Debug, Default)]
pub struct Guidance {
    /// What people decided.
    pub decisions: ArcSwap<Decisions>,
    /// What lists say.
    pub threats: ArcSwap<ThreatLists>,
}
