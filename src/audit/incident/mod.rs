//! The exposure window of a destination, worked out from what ClickHouse has about it: in which hours the pages reported
//! anything at all, and what else changed on the sites at that time. Pure functions over what the store has read.

mod changes;
mod coverage;
pub mod csv;
pub mod html;
pub mod json;

use std::collections::BTreeMap;

pub use changes::{ChangeKind, SiteChange};
pub use coverage::{Coverage, GroupCoverage};

use crate::base::display::count;
use crate::store::incident::{Incident, Related};

/// When, where and to whom a destination was exposed.
pub struct ExposureWindow {
    /// A registrable domain, or an IP address.
    pub destination: String,
    /// The site in question; empty for all sites.
    pub site: String,
    /// What is stored about the destination.
    pub incident: Incident,
    /// In which hours the pages that it touched reported anything at all.
    pub coverage: Coverage,
    /// What else changed on the sites, in the order of time.
    pub changes: Vec<SiteChange>,
}

impl ExposureWindow {
    /// Works out coverage and changes.
    pub fn new(destination: &str, site: &str, incident: Incident) -> Self {
        let coverage = Coverage::of(&incident);
        let changes = changes::changes(&incident, &coverage);
        Self {
            destination: destination.to_owned(),
            site: site.to_owned(),
            incident,
            coverage,
            changes,
        }
    }

    /// The site in question, or the only one that the destination touched.
    pub fn only_site(&self) -> Option<&str> {
        match (self.site.as_str(), &self.incident.summary.sites[..]) {
            ("", [only]) => Some(only),
            ("", _) => None,
            (site, _) => Some(site),
        }
    }

    /// Reports by channel: how the data would have left.
    pub fn channels(&self) -> BTreeMap<&str, u64> {
        let directives = self.incident.directives.iter();
        sums(directives.map(|directive| (directive.channel.as_str(), directive.reports)))
    }

    /// Reports by the directive that was violated.
    pub fn directives(&self) -> BTreeMap<&str, u64> {
        let directives = self.incident.directives.iter();
        sums(directives.map(|directive| (directive.directive.as_str(), directive.reports)))
    }

    /// Reports by disposition: `enforce` was blocked, `report` was not.
    pub fn dispositions(&self) -> BTreeMap<&str, u64> {
        let directives = self.incident.directives.iter();
        sums(directives.map(|directive| (directive.disposition.as_str(), directive.reports)))
    }

    /// Reports by browser engine.
    pub fn engines(&self) -> BTreeMap<&str, u64> {
        let engines = self.incident.engines.iter();
        sums(engines.map(|engine| (engine.engine.as_str(), engine.reports)))
    }
}

fn sums<'a>(values: impl Iterator<Item = (&'a str, u64)>) -> BTreeMap<&'a str, u64> {
    let mut sums = BTreeMap::new();
    for (value, reports) in values {
        *sums.entry(value).or_default() += reports;
    }
    sums
}

/// Why it is related; where that is because of the hours, how many they are.
pub fn why_with_hours(related: &Related) -> String {
    let why = related.why().join(", ");
    let hours = related.hours;
    if !hours.are_the_same() {
        return why;
    }
    let all = count(hours.its, "hour");
    match hours.others {
        0 => format!("{why}: {} of {all}", hours.shared),
        1 => format!("{why}: {} of {all}, and one other", hours.shared),
        others => format!("{why}: {} of {all}, and {others} others", hours.shared),
    }
}
