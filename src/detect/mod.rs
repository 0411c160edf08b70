//! What many reports together mean: destinations, scripts, policies and silences, remembered site by site. A verdict
//! ([`crate::pipeline::judge`]) is about one report; this is where alerts come from.
//!
//! Learns of a report as soon as it is durable, long before its segment is sealed. `serve` shows what is known
//! as metrics, of which Prometheus makes alerts; `backtest` runs the same code over a trace and prints the
//! alerts as they start. Reads no clock: time comes with the reports.

mod alert;
mod crowd;
mod destinations;
mod distinct;
mod memory;
mod policies;
mod pulse;
mod scripts;
mod seen;
mod severity;
mod site;
mod told;
mod unapproved;

use std::cmp::Reverse;
use std::sync::Arc;

pub use alert::{Alert, AlertKind, Episode, QUIET_MILLIS, Severity, Told};
pub use destinations::{Key, SiteDestinations};
pub use seen::{ChannelSeen, Seen};
pub use severity::labels as reasons;
pub use site::SiteWatch;

use serde::{Deserialize, Serialize};

use crate::base::clock::Timestamp;
use crate::base::collections::HashMap;
use crate::base::limits;
use crate::base::occupancy::StateTable;
use crate::csp::ReportedPolicy;
use crate::decisions::{Approvals, Decision, Decisions, ThreatLists};
use crate::journal::{Batch, Entry, Row};
use crate::report::{Disposition, Verdict};
use told::ToldLog;

/// What is remembered of all sites.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Detector {
    sites: HashMap<Arc<str>, SiteWatch>,
    told: ToldLog,
    #[serde(skip)]
    approvals: Approvals,
    #[serde(skip)]
    decided: Vec<Lately>,
    #[serde(skip)]
    observed: u64,
}

/// How long it is shown that something was decided: longer than Prometheus looks back.
const DECIDED_MILLIS: i64 = 3_600_000;

/// A decision that was made lately.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lately {
    /// About a destination of this site.
    pub site: Box<str>,
    /// Which one.
    pub destination: Box<str>,
    /// What.
    pub decision: Decision,
    /// Since when it holds here.
    pub at: Timestamp,
}

/// What was once seen of a destination that a threat list has.
#[derive(Clone, Copy, Debug)]
pub struct History<'a> {
    /// On these pages.
    pub page_group: &'a str,
    /// Whether cards are entered there.
    pub payment: bool,
    /// Which destination.
    pub destination: &'a str,
    /// The list.
    pub list: &'a str,
    /// When it was last reported.
    pub last: Timestamp,
    /// Reports of it.
    pub reports: u64,
    /// Clients among them.
    pub clients: usize,
}

/// One report that is durable.
#[derive(Clone, Copy, Debug)]
pub struct Observed<'a> {
    /// What it says.
    pub row: &'a Row<'a>,
    /// The policy that it carries, where it is known.
    pub policy: Option<&'a ReportedPolicy>,
    /// Whether it was blocked.
    pub disposition: Disposition,
    /// Keyed hash of who sent it.
    pub client: u64,
    /// When it arrived.
    pub received: Timestamp,
    /// Whether another collector took it, which counts it.
    pub taken_elsewhere: bool,
}

impl<'a> Observed<'a> {
    /// A report that was taken here; `policy`: the one that it carries, where it is still known.
    pub fn of(
        batch: &Batch,
        entry: &Entry,
        row: &'a Row<'a>,
        policy: Option<&'a ReportedPolicy>,
    ) -> Self {
        Self {
            row,
            policy,
            disposition: entry.disposition,
            client: batch.client,
            received: batch.received,
            taken_elsewhere: false,
        }
    }
}

impl Detector {
    /// Learns of a report. `tell`: called with the alerts that start or rise by it.
    pub fn observe(&mut self, report: &Observed<'_>, mut tell: impl FnMut(&Told)) {
        if report.row.verdict == Verdict::Foreign {
            return;
        }
        self.observed += 1;
        let (told, approvals) = (&mut self.told, &self.approvals);
        let tell = &mut |alert| {
            let news = Told { at: report.received, site: Arc::from(report.row.site), alert };
            tell(&news);
            told.push(news);
        };
        match self.sites.get_mut(report.row.site) {
            Some(site) => site.observe(report, approvals, tell),
            None => {
                let site = self.sites.entry(Arc::from(report.row.site)).or_default();
                site.observe(report, approvals, tell);
            }
        }
    }

    /// Looks for silence; to be called now and then. `tell`: called with the alerts that start.
    pub fn look(&mut self, now: Timestamp, mut tell: impl FnMut(&Told)) {
        for (name, site) in &mut self.sites {
            site.look(now, |alert| {
                let news = Told { at: now, site: Arc::clone(name), alert };
                tell(&news);
                self.told.push(news);
            });
        }
    }

    /// Forgets what people decided about.
    pub fn decide(&mut self, decisions: &Decisions, now: Timestamp) {
        if decisions.is_empty() {
            return;
        }
        for (name, site) in &mut self.sites {
            site.forget(|destination, until| decisions.forget(name, destination, until, now));
        }
        let lately =
            decisions.all().filter(|(.., decided)| now.0 - decided.applied.0 < DECIDED_MILLIS);
        let mut decided: Vec<Lately> = lately
            .map(|(site, destination, decided)| Lately {
                site: Box::from(site),
                destination: Box::from(destination),
                decision: decided.decision,
                at: decided.applied,
            })
            .collect();
        decided.sort_by_key(|lately| Reverse(lately.at));
        decided.truncate(limits::DECIDED_SERIES);
        self.decided = decided;
    }

    /// Lets approvals of scripts hold, and forgets what they are about.
    pub fn approve(&mut self, approvals: Approvals) {
        for (name, site) in &mut self.sites {
            site.unapproved.forget(name, |script| approvals.approves(script) == Some(true));
        }
        self.approvals = approvals;
    }

    /// What was decided lately.
    pub fn decided(&self) -> &[Lately] {
        &self.decided
    }

    /// Compares what was seen with threat lists that are new.
    pub fn warn(&mut self, threats: &ThreatLists, now: Timestamp) {
        for (name, site) in &mut self.sites {
            let told = &mut self.told;
            site.warn(threats, now, &mut |alert| {
                told.push(Told { at: now, site: Arc::clone(name), alert });
            });
        }
    }

    /// Likewise about a destination of which only ClickHouse knows.
    pub fn warn_of_history(&mut self, site: &str, of: &History<'_>, now: Timestamp) {
        let (name, told): (Arc<str>, _) = (Arc::from(site), &mut self.told);
        self.sites.entry(Arc::clone(&name)).or_default().warn_of_history(of, now, &mut |alert| {
            told.push(Told { at: now, site: Arc::clone(&name), alert });
        });
    }

    /// The latest alerts, the oldest first.
    pub fn told(&self) -> impl Iterator<Item = &Told> {
        self.told.iter()
    }

    /// Alerts that ClickHouse does not have yet, and what [`Detector::set_stored`] takes once it has.
    pub fn unstored(&self) -> (Vec<Told>, u64) {
        self.told.unstored()
    }

    /// ClickHouse has all alerts below this number.
    pub fn set_stored(&mut self, below: u64) {
        self.told.set_stored(below);
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
            StateTable {
                name: "alerts",
                entries: self.told.len(),
                limit: limits::ALERTS_TOLD,
                overflow: self.told.lost(),
            },
        ]
    }
}

#[cfg(test)]
mod tests;
