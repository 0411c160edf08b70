//! What many reports together mean. Detection remembers destinations, scripts, policies and rates of reports, site by site,
//! and raises alerts. A verdict ([`crate::pipeline::judge`]), in contrast, is about one report.
//!
//! The detector learns of a report as soon as it is durable, long before its segment is sealed. `serve` exports what it
//! knows as metrics, from which Prometheus makes alerts; `backtest` runs the same code over a trace and prints the alerts
//! as they start. Detection reads no clock: time comes with the reports.

mod alert;
mod alert_log;
mod audience;
mod channel_state;
mod collectors;
mod destination_state;
mod destinations;
mod digest;
mod distinct;
mod evidence;
mod exported;
mod findings;
mod flood;
mod forbidden;
mod hits;
mod issuers;
mod memory;
mod missing_hosts;
mod newcomers;
mod noted_releases;
mod observed_report;
mod one_network;
mod origins;
mod page_views;
mod placed_by;
mod policies;
mod raised_page;
mod recent_decisions;
mod report_rate;
mod room;
mod sample;
mod scattered;
mod score;
mod script_hashes;
mod scripts;
mod severity;
mod site;
mod unapproved_scripts;
mod unplaced;
mod visit_count;
mod waiting;
mod wrappers;

use std::sync::Arc;

pub use alert::{Alert, AlertKind, Episode, QUIET, RaisedAlert, Severity};
pub use channel_state::ChannelState;
pub use destination_state::DestinationState;
pub use destinations::{DestinationKey, SiteDestinations};
pub use exported::{FindingOf, SeenFinding};
pub use noted_releases::NotedRelease;
pub use observed_report::{ObservedReport, session};
pub use recent_decisions::RecentDecision;
pub use severity::labels as reasons;
pub use site::SiteState;

use serde::{Deserialize, Serialize};

use crate::base::clock::Timestamp;
use crate::base::collections::HashMap;
use crate::base::drill::DrillKey;
use crate::base::limits;
use crate::base::occupancy::StateTable;
use crate::decisions::{Approvals, ThreatLists};
use crate::pipeline::judge::Sites;
use crate::report::Verdict;
use alert_log::AlertLog;

/// What is remembered of all sites.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Detector {
    sites: HashMap<Arc<str>, SiteState>,
    alert_log: AlertLog,
    #[serde(skip)]
    approvals: Approvals,
    /// The configuration.
    #[serde(skip)]
    configured: Arc<Sites>,
    #[serde(skip)]
    recent_decisions: Vec<RecentDecision>,
    /// What recognises drills; `None`: no report is one.
    #[serde(skip)]
    drill_key: Option<DrillKey>,
    #[serde(skip)]
    observed: u64,
}

/// What is known of a destination that was reported before a threat list had it.
#[derive(Clone, Copy, Debug)]
pub struct PastDestination<'a> {
    /// The pages that reported it.
    pub page_group: &'a str,
    /// Whether cards are entered on these pages.
    pub payment: bool,
    /// The registrable domain, or the IP address.
    pub destination: &'a str,
    /// The name of the threat list.
    pub list: &'a str,
    /// When it was last reported.
    pub last: Timestamp,
    /// How many reports named it.
    pub reports: u64,
    /// How many clients sent these.
    pub clients: usize,
}

impl Detector {
    /// Learns a report, and calls `on_alert` with each alert that starts or rises by it.
    pub fn observe(&mut self, report: &ObservedReport<'_>, mut on_alert: impl FnMut(&RaisedAlert)) {
        if report.row.verdict == Verdict::Foreign {
            return;
        }
        self.observed += 1;
        let is_drill = self.is_drill(report);
        let (log, approvals) = (&mut self.alert_log, &self.approvals);
        let on_alert = &mut |alert| {
            let raised =
                RaisedAlert { at: report.received, site: Arc::from(report.row.site), alert };
            on_alert(&raised);
            log.push(raised);
        };
        let site = match self.sites.get_mut(report.row.site) {
            Some(site) => site,
            None => {
                let site = self.sites.entry(Arc::from(report.row.site)).or_default();
                site.configured = self.configured.named(report.row.site).cloned();
                site
            }
        };
        if is_drill {
            site.observe_drill(report, on_alert);
        } else {
            site.observe(report, approvals, on_alert);
        }
    }

    /// Whether a report is one of a drill that nobody has decided about.
    fn is_drill(&self, report: &ObservedReport<'_>) -> bool {
        let ObservedReport { row, received, .. } = report;
        let key = self.drill_key.as_ref().filter(|_| row.verdict == Verdict::Unknown);
        key.is_some_and(|key| key.verify(row.site, row.destination, *received).is_some())
    }

    /// Looks for page groups that have fallen silent, and calls `on_alert` with the alerts that start. Call it every few
    /// seconds.
    pub fn check_silence(&mut self, now: Timestamp, mut on_alert: impl FnMut(&RaisedAlert)) {
        for (name, site) in &mut self.sites {
            site.check_silence(now, |alert| {
                let raised = RaisedAlert { at: now, site: Arc::clone(name), alert };
                on_alert(&raised);
                self.alert_log.push(raised);
            });
        }
    }

    /// Replaces the configuration. Call it before the first report, and when the configuration changed.
    pub fn set_configured(&mut self, sites: Arc<Sites>) {
        for (name, site) in &mut self.sites {
            site.configure(sites.named(name));
        }
        self.configured = sites;
    }

    /// Sets what recognises drills. Call it before the first report.
    pub fn set_drill_key(&mut self, key: DrillKey) {
        self.drill_key = Some(key);
    }

    /// Replaces the releases of each site that alerts may name.
    pub fn set_releases(&mut self, releases: impl Iterator<Item = (String, NotedRelease)>) {
        for site in self.sites.values_mut() {
            site.releases.0.clear();
        }
        for (site, release) in releases {
            // One without a report has no alert either.
            if let Some(site) = self.sites.get_mut(&*site) {
                site.releases.0.push(release);
            }
        }
    }

    /// Goes on with what an earlier process remembered, under the present configuration.
    pub fn resume(&mut self, mut remembered: Self) {
        remembered.set_configured(Arc::clone(&self.configured));
        remembered.drill_key = self.drill_key.take();
        *self = remembered;
    }

    /// Replaces the approvals of scripts, and forgets the unapproved scripts that are approved now.
    pub fn set_approvals(&mut self, approvals: Approvals) {
        for (name, site) in &mut self.sites {
            site.unapproved_scripts.forget(name, |script| approvals.approves(script) == Some(true));
        }
        self.approvals = approvals;
    }

    /// Compares all destinations with new threat lists. The alerts are in [`Detector::alerts`].
    pub fn match_threats(&mut self, threats: &ThreatLists, now: Timestamp) {
        for (name, site) in &mut self.sites {
            let log = &mut self.alert_log;
            site.match_threats(threats, now, &mut |alert| {
                log.push(RaisedAlert { at: now, site: Arc::clone(name), alert });
            });
        }
    }

    /// Raises an alert about a destination on a threat list that only ClickHouse remembers.
    pub fn report_past_threat(&mut self, site: &str, past: &PastDestination<'_>, now: Timestamp) {
        let (name, log): (Arc<str>, _) = (Arc::from(site), &mut self.alert_log);
        self.sites.entry(Arc::clone(&name)).or_default().report_past_threat(
            past,
            now,
            &mut |alert| {
                log.push(RaisedAlert { at: now, site: Arc::clone(&name), alert });
            },
        );
    }

    /// Goes on with an alert about a destination that this detector has no memory of, without raising it again.
    pub fn recall(&mut self, site: &str, page_group: &str, destination: &str, severity: Severity) {
        if let Some(state) = self.sites.get_mut(site) {
            state.recall(page_group, destination, severity);
        }
    }

    /// The latest alerts, the oldest first.
    pub fn alerts(&self) -> impl Iterator<Item = &RaisedAlert> {
        self.alert_log.iter()
    }

    /// The alerts that ClickHouse does not have yet, and the number to give to [`Detector::set_alerts_stored`] once it has.
    pub fn unstored_alerts(&self) -> (Vec<RaisedAlert>, u64) {
        self.alert_log.unstored()
    }

    /// Notes that ClickHouse has all alerts below this number.
    pub fn set_alerts_stored(&mut self, below: u64) {
        self.alert_log.set_stored(below);
    }

    /// How many reports it learnt since the process started.
    pub fn observed(&self) -> u64 {
        self.observed
    }

    /// All sites with a report, by name.
    pub fn sites(&self) -> impl Iterator<Item = (&Arc<str>, &SiteState)> {
        self.sites.iter()
    }

    /// How full the bounded tables of all sites together are.
    pub fn occupancy(&self) -> Vec<StateTable> {
        let sum = |count: fn(&SiteState) -> usize| self.sites.values().map(count).sum();
        let table = |name, entries, per_site, overflow| StateTable {
            name,
            entries,
            limit: per_site * self.sites.len(),
            overflow,
        };
        let destinations = sum(|site| site.destinations.len());
        let evicted = self.sites.values().map(|site| site.destinations.evicted()).sum();
        let forgotten = self.sites.values().map(|site| site.scripts.forgotten).sum();
        vec![
            table("destinations", destinations, limits::DESTINATIONS_PER_SITE, evicted),
            table("scripts", sum(|site| site.scripts.len()), limits::SCRIPTS_PER_SITE, forgotten),
            table("policies", sum(|site| site.policies.len()), limits::POLICIES_PER_SITE, 0),
            StateTable {
                name: "alerts",
                entries: self.alert_log.len(),
                limit: limits::ALERTS_REMEMBERED,
                overflow: self.alert_log.lost(),
            },
        ]
    }
}

#[cfg(test)]
mod tests;
