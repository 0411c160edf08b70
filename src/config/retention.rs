//! `[retention]`

use super::checker::Checker;
use super::parse;

/// How many days rows are kept, by class; `None` is for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Reports that are noise: the bulk.
    pub noise: Option<u32>,
    /// All other reports.
    pub violations: Option<u32>,
    /// Sightings of unknown destinations: which client, when and where.
    pub sightings: Option<u32>,
    /// What an assessor asks for: alerts, and how many reports there were each day.
    pub evidence: Option<u32>,
}

impl Default for Retention {
    fn default() -> Self {
        Self { noise: Some(90), violations: Some(400), sightings: Some(800), evidence: Some(800) }
    }
}

pub(super) fn section(checker: &Checker) -> Retention {
    let usual = Retention::default();
    let days = |name, usual| checker.value(&format!("retention.{name}"), usual, parse::days);
    Retention {
        noise: days("noise", usual.noise),
        violations: days("violations", usual.violations),
        sightings: days("sightings", usual.sightings),
        evidence: days("evidence", usual.evidence),
    }
}
