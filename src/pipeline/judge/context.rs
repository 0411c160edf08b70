//! What a report is judged by.

use super::noise::NoiseRules;
use crate::base::clock::Timestamp;
use crate::csp::ReportedPolicy;
use crate::decisions::{Decisions, ThreatLists};

/// What a report is judged by, apart from its site.
#[derive(Clone, Copy, Debug)]
pub struct JudgeContext<'a, 'p> {
    /// The rules that identify noise.
    pub noise: &'a NoiseRules,
    /// The policy that it carries.
    pub policy: Option<&'p ReportedPolicy>,
    /// People's decisions.
    pub decisions: &'p Decisions,
    /// The threat lists.
    pub threats: &'p ThreatLists,
    /// When the report arrived: decisions expire.
    pub now: Timestamp,
}
