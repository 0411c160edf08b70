//! How long rows are kept, by class.

/// Days for which each class is kept; `None`: for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Reports that are noise: the bulk.
    pub noise: Option<u32>,
    /// All other reports.
    pub violations: Option<u32>,
    /// Who reported an unknown destination, when and where.
    pub sightings: Option<u32>,
    /// What an assessor asks for: alerts, and how many reports there were on a day.
    pub evidence: Option<u32>,
}

impl Default for Retention {
    fn default() -> Self {
        Self { noise: Some(90), violations: Some(400), sightings: Some(800), evidence: Some(800) }
    }
}
