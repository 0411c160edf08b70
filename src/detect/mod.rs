//! What many reports together mean: destinations, scripts, policies and silences, remembered site by site. A verdict
//! ([`crate::judge`]) is about one report; this is where alerts come from.
//!
//! Learns of a report as soon as it is durable, long before its segment is sealed. `serve` shows what is known
//! as metrics, of which Prometheus makes alerts; `backtest` runs the same code over a trace and prints the
//! alerts as they start. Reads no clock: time comes with the reports.

mod alert;
mod crowd;
mod destinations;
mod memory;
mod policies;
mod pulse;
mod scripts;
mod seen;
mod severity;
mod site;

use std::collections::HashMap;
use std::sync::Arc;

pub use alert::{Alert, AlertKind, Episode, QUIET_MILLIS, Severity};
pub use destinations::{Key, SiteDestinations};
pub use seen::{ChannelSeen, Seen};
pub use site::SiteWatch;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::journal::Row;
use crate::limits;
use crate::metrics::StateTable;
use crate::report::Verdict;

/// What is remembered of all sites.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Detector {
    sites: HashMap<Arc<str>, SiteWatch>,
    #[serde(skip)]
    observed: u64,
}

impl Detector {
    /// Learns of a report that is durable. `tell`: called with the alerts that start or rise by it.
    pub fn observe(
        &mut self,
        row: &Row<'_>,
        client: u64,
        received: Timestamp,
        mut tell: impl FnMut(Alert),
    ) {
        if row.verdict == Verdict::Foreign {
            return;
        }
        self.observed += 1;
        if !self.sites.contains_key(row.site) {
            self.sites.insert(Arc::from(row.site), SiteWatch::default());
        }
        if let Some(site) = self.sites.get_mut(row.site) {
            site.observe(row, client, received, &mut tell);
        }
    }

    /// Looks for silence; to be called now and then. `tell`: called with each site's alerts.
    pub fn look(&mut self, now: Timestamp, mut tell: impl FnMut(&Arc<str>, Alert)) {
        for (name, site) in &mut self.sites {
            site.look(now, |alert| tell(name, alert));
        }
    }

    /// How many reports it learnt of since the start.
    pub fn observed(&self) -> u64 {
        self.observed
    }

    /// All sites that reported.
    pub fn sites(&self) -> impl Iterator<Item = (&Arc<str>, &SiteWatch)> {
        self.sites.iter()
    }

    /// How much is remembered.
    pub fn state(&self) -> Vec<StateTable> {
        let sum = |count: fn(&SiteWatch) -> usize| self.sites.values().map(count).sum();
        let table = |name, entries, per_site, overflow| StateTable {
            name,
            entries,
            limit: per_site * self.sites.len(),
            overflow,
        };
        let destinations = sum(|site| site.destinations.len());
        let pushed_out = self.sites.values().map(|site| site.destinations.forgotten()).sum();
        let forgotten = self.sites.values().map(|site| site.scripts.forgotten).sum();
        vec![
            table("destinations", destinations, limits::DESTINATIONS_PER_SITE, pushed_out),
            table("scripts", sum(|site| site.scripts.len()), limits::SCRIPTS_PER_SITE, forgotten),
            table("policies", sum(|site| site.policies.len()), limits::POLICIES_PER_SITE, 0),
        ]
    }
}

#[cfg(test)]
mod tests;
