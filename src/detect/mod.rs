//! What many reports together mean: destinations, scripts, policies and silences, remembered site by site. A verdict
//! ([`crate::pipeline::judge`]) is about one report; this is where alerts come from.
//!
//! Learns of a report as soon as it is durable, long before its segment is sealed. `serve` shows what is known
//! as metrics, of which Prometheus makes alerts; `backtest` runs the same code over a trace and prints the
//! alerts as they start. Reads no clock: time comes with the reports.

mod alert;
mod alert_log;
mod destination_state;
mod destinations;
mod distinct;
mod memory;
mod policies;
mod report_rate;
mod scripts;
mod severity;
mod site;
mod unapproved_scripts;
mod witnesses;

use std::cmp::Reverse;
use std::sync::Arc;
use std::time::Duration;

pub use alert::{Alert, AlertKind, Episode, QUIET, RaisedAlert, Severity};
pub use destination_state::{ChannelState, DestinationState};
pub use destinations::{DestinationKey, SiteDestinations};
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
use crate::report::{Disposition, Verdict};
use alert_log::AlertLog;

/// What is remembered of all sites.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Detector {
    sites: HashMap<Arc<str>, SiteState>,
    alert_log: AlertLog,
    #[serde(skip)]
    approvals: Approvals,
    #[serde(skip)]
    recent_decisions: Vec<RecentDecision>,
    #[serde(skip)]
    observed: u64,
}

/// How long it is shown that something was decided: longer than Prometheus looks back.
const RECENT_DECISION: Duration = HOUR;

/// A decision that was made lately.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecentDecision {
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
pub struct PastDestination<'a> {
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
pub struct ObservedReport<'a> {
    /// What it says.
    pub row: &'a Row<'a>,
    /// The policy that it carries, where it is known.
    pub policy: Option<&'a ReportedPolicy>,
    /// Whether it was blocked.
    pub disposition: Disposition,
    /// Keyed hash of who sent it.
    pub client: ClientId,
    /// When it arrived.
    pub received: Timestamp,
    /// Whether another collector took it, which counts it.
    pub taken_elsewhere: bool,
}

impl<'a> ObservedReport<'a> {
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
    /// Learns of a report. `on_alert`: called with the alerts that start or rise by it.
    pub fn observe(&mut self, report: &ObservedReport<'_>, mut on_alert: impl FnMut(&RaisedAlert)) {
        if report.row.verdict == Verdict::Foreign {
            return;
        }
        self.observed += 1;
        let (log, approvals) = (&mut self.alert_log, &self.approvals);
        let on_alert = &mut |alert| {
            let news = RaisedAlert { at: report.received, site: Arc::from(report.row.site), alert };
            on_alert(&news);
            log.push(news);
        };
        match self.sites.get_mut(report.row.site) {
            Some(site) => site.observe(report, approvals, on_alert),
            None => {
                let site = self.sites.entry(Arc::from(report.row.site)).or_default();
                site.observe(report, approvals, on_alert);
            }
        }
    }

    /// Looks for silence; to be called now and then. `on_alert`: called with the alerts that start.
    pub fn check_silence(&mut self, now: Timestamp, mut on_alert: impl FnMut(&RaisedAlert)) {
        for (name, site) in &mut self.sites {
            site.check_silence(now, |alert| {
                let news = RaisedAlert { at: now, site: Arc::clone(name), alert };
                on_alert(&news);
                self.alert_log.push(news);
            });
        }
    }

    /// Forgets what people decided about.
    pub fn apply_decisions(&mut self, decisions: &Decisions, now: Timestamp) {
        if decisions.is_empty() {
            return;
        }
        for (name, site) in &mut self.sites {
            site.forget(|destination, until| decisions.is_forgotten(name, destination, until, now));
        }
        let lately =
            decisions.all().filter(|(.., decided)| now.is_within(RECENT_DECISION, decided.applied));
        let mut recent: Vec<RecentDecision> = lately
            .map(|(site, destination, decided)| RecentDecision {
                site: Box::from(site),
                destination: Box::from(destination),
                decision: decided.decision,
                at: decided.applied,
            })
            .collect();
        recent.sort_by_key(|decision| Reverse(decision.at));
        recent.truncate(limits::DECISION_SERIES);
        self.recent_decisions = recent;
    }

    /// Lets approvals of scripts hold, and forgets what they are about.
    pub fn set_approvals(&mut self, approvals: Approvals) {
        for (name, site) in &mut self.sites {
            site.unapproved_scripts.forget(name, |script| approvals.approves(script) == Some(true));
        }
        self.approvals = approvals;
    }

    /// What was decided lately.
    pub fn recent_decisions(&self) -> &[RecentDecision] {
        &self.recent_decisions
    }

    /// Compares what was seen with threat lists that are new.
    pub fn match_threats(&mut self, threats: &ThreatLists, now: Timestamp) {
        for (name, site) in &mut self.sites {
            let log = &mut self.alert_log;
            site.match_threats(threats, now, &mut |alert| {
                log.push(RaisedAlert { at: now, site: Arc::clone(name), alert });
            });
        }
    }

    /// Likewise about a destination of which only ClickHouse knows.
    pub fn report_past_threat(&mut self, site: &str, of: &PastDestination<'_>, now: Timestamp) {
        let (name, log): (Arc<str>, _) = (Arc::from(site), &mut self.alert_log);
        self.sites.entry(Arc::clone(&name)).or_default().report_past_threat(
            of,
            now,
            &mut |alert| {
                log.push(RaisedAlert { at: now, site: Arc::clone(&name), alert });
            },
        );
    }

    /// The latest alerts, the oldest first.
    pub fn alerts(&self) -> impl Iterator<Item = &RaisedAlert> {
        self.alert_log.iter()
    }

    /// Alerts that ClickHouse does not have yet, and what [`Detector::set_alerts_stored`] takes once it has.
    pub fn unstored_alerts(&self) -> (Vec<RaisedAlert>, u64) {
        self.alert_log.unstored()
    }

    /// ClickHouse has all alerts below this number.
    pub fn set_alerts_stored(&mut self, below: u64) {
        self.alert_log.set_stored(below);
    }

    /// How many reports it learnt of since the start.
    pub fn observed(&self) -> u64 {
        self.observed
    }

    /// All sites that reported.
    pub fn sites(&self) -> impl Iterator<Item = (&Arc<str>, &SiteState)> {
        self.sites.iter()
    }

    /// How much is remembered.
    pub fn occupancy(&self) -> Vec<StateTable> {
        let sum = |count: fn(&SiteState) -> usize| self.sites.values().map(count).sum();
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
                entries: self.alert_log.len(),
                limit: limits::ALERTS_REMEMBERED,
                overflow: self.alert_log.lost(),
            },
        ]
    }
}

#[cfg(test)]
mod tests;
