//! What many reports together mean. Detection remembers destinations, scripts, policies and rates of reports, site by site,
//! and raises alerts. A verdict ([`crate::pipeline::judge`]), in contrast, is about one report.
//!
//! The detector learns of a report as soon as it is durable, long before its segment is sealed. `serve` exports what it
//! knows as metrics, from which Prometheus makes alerts; `backtest` runs the same code over a trace and prints the alerts
//! as they start. Detection reads no clock: time comes with the reports.

mod alert;
mod alert_log;
mod audience;
mod collectors;
mod destination_state;
mod destinations;
mod digest;
mod distinct;
mod exported;
mod findings;
mod flood;
mod forbidden;
mod hits;
mod issuers;
mod memory;
mod missing_hosts;
mod origins;
mod page_views;
mod placed_by;
mod policies;
mod report_rate;
mod sample;
mod score;
mod scripts;
mod severity;
mod site;
mod unapproved_scripts;
mod unplaced;
mod visit_count;
mod waiting;

use std::cmp::Reverse;
use std::sync::Arc;
use std::time::Duration;

pub use alert::{Alert, AlertKind, Episode, QUIET, RaisedAlert, Severity};
pub use destination_state::{ChannelState, DestinationState};
pub use destinations::{DestinationKey, SiteDestinations};
pub use exported::{FindingOf, SeenFinding};
pub use severity::labels as reasons;
pub use site::SiteState;

use serde::{Deserialize, Serialize};

use crate::base::client_id::ClientId;
use crate::base::clock::{HOUR, Timestamp};
use crate::base::collections::HashMap;
use crate::base::limits;
use crate::base::occupancy::StateTable;
use crate::csp::ReportedPolicy;
use crate::decisions::{Approvals, Decision, Decisions, ThreatLists};
use crate::journal::{Batch, Entry, Row};
use crate::pipeline::judge::Sites;
use crate::report::{Disposition, Verdict};
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
    #[serde(skip)]
    observed: u64,
}

/// How long a decision is recent: longer than Prometheus looks back.
const RECENT_DECISION: Duration = HOUR;

/// A decision about a destination that came into force within the last hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecentDecision {
    /// The site of the destination.
    pub site: Box<str>,
    /// The registrable domain, or the IP address.
    pub destination: Box<str>,
    /// What was decided.
    pub decision: Decision,
    /// Who decided it.
    pub by: Arc<str>,
    /// Since when it is in force here.
    pub at: Timestamp,
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

/// A durable report, as the detector learns it.
#[derive(Clone, Copy, Debug)]
pub struct ObservedReport<'a> {
    /// Its content.
    pub row: &'a Row<'a>,
    /// The policy that it carries, where it is known.
    pub policy: Option<&'a ReportedPolicy>,
    /// Whether the browser blocked what it reports.
    pub disposition: Disposition,
    /// Whether the browser cannot have extensions, as far as it says what it is.
    pub extensionless: bool,
    /// The sender, as a keyed hash.
    pub client: ClientId,
    /// When it arrived.
    pub received: Timestamp,
    /// Whether another collector took it. Then that one counts it, and this one only learns from it.
    pub taken_elsewhere: bool,
}

impl<'a> ObservedReport<'a> {
    /// A report that this collector took. `policy`: the one that it carries, where its text is known.
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
            extensionless: entry.extensionless,
            client: batch.client,
            received: batch.received,
            taken_elsewhere: false,
        }
    }
}

impl Detector {
    /// Learns a report, and calls `on_alert` with each alert that starts or rises by it.
    pub fn observe(&mut self, report: &ObservedReport<'_>, mut on_alert: impl FnMut(&RaisedAlert)) {
        if report.row.verdict == Verdict::Foreign {
            return;
        }
        self.observed += 1;
        let (log, approvals) = (&mut self.alert_log, &self.approvals);
        let on_alert = &mut |alert| {
            let raised =
                RaisedAlert { at: report.received, site: Arc::from(report.row.site), alert };
            on_alert(&raised);
            log.push(raised);
        };
        match self.sites.get_mut(report.row.site) {
            Some(site) => site.observe(report, approvals, on_alert),
            None => {
                let site = self.sites.entry(Arc::from(report.row.site)).or_default();
                site.configured = self.configured.named(report.row.site).cloned();
                site.observe(report, approvals, on_alert);
            }
        }
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

    /// Forgets the destinations that people decided about, and notes which decisions are recent.
    pub fn apply_decisions(&mut self, decisions: &Decisions, now: Timestamp) {
        if decisions.is_empty() {
            return;
        }
        for (name, site) in &mut self.sites {
            site.forget(|destination, until| decisions.is_forgotten(name, destination, until, now));
        }
        let mut recent: Vec<RecentDecision> = decisions
            .all()
            .filter(|(.., decided)| now.is_within(RECENT_DECISION, decided.applied))
            .map(|(site, destination, decided)| RecentDecision {
                site: Box::from(site),
                destination: Box::from(destination),
                decision: decided.decision,
                by: Arc::clone(&decided.by),
                at: decided.applied,
            })
            .collect();
        recent.sort_by_key(|decision| Reverse(decision.at));
        recent.truncate(limits::DECISION_SERIES);
        self.recent_decisions = recent;
    }

    /// Replaces the configuration. Call it before the first report, and when the configuration changed.
    pub fn set_configured(&mut self, sites: Arc<Sites>) {
        for (name, site) in &mut self.sites {
            site.configure(sites.named(name));
        }
        self.configured = sites;
    }

    /// Goes on with what an earlier process remembered, under the present configuration.
    pub fn resume(&mut self, mut remembered: Self) {
        remembered.set_configured(Arc::clone(&self.configured));
        *self = remembered;
    }

    /// Replaces the approvals of scripts, and forgets the unapproved scripts that are approved now.
    pub fn set_approvals(&mut self, approvals: Approvals) {
        for (name, site) in &mut self.sites {
            site.unapproved_scripts.forget(name, |script| approvals.approves(script) == Some(true));
        }
        self.approvals = approvals;
    }

    /// The decisions of the last hour, the latest first, of which there are at most [`limits::DECISION_SERIES`].
    pub fn recent_decisions(&self) -> &[RecentDecision] {
        &self.recent_decisions
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
