//! What people decided about destinations.

use std::cmp::Reverse;
use std::sync::Arc;
use std::time::Duration;

use super::{Detector, RaisedAlert};
use crate::base::clock::{HOUR, Timestamp};
use crate::base::limits;
use crate::decisions::{Decision, Decisions};

/// How long a decision is recent: longer than Prometheus looks back.
pub(super) const RECENT_DECISION: Duration = HOUR;

/// A decision about a destination for everywhere that came into force within the last hour.
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

impl Detector {
    /// Forgets the destinations that people decided about, and notes which decisions are recent. What they led is a finding of
    /// its own from then on: its alert is in [`Detector::alerts`].
    pub fn apply_decisions(&mut self, decisions: &Decisions, now: Timestamp) {
        if decisions.is_empty() {
            return;
        }
        for (name, site) in &mut self.sites {
            let forgotten = site
                .forget(|destination, seen| decisions.is_forgotten(name, destination, seen, now));
            let parts = forgotten.into_iter();
            let parts = parts.filter(|key| decisions.is_limited(name, &key.destination));
            site.note_settled(parts, now);
            let log = &mut self.alert_log;
            site.assess_due(now, &mut |alert| {
                log.push(RaisedAlert { at: now, site: Arc::clone(name), alert });
            });
        }
        let mut recent: Vec<RecentDecision> = decisions
            .everywhere()
            .filter(|(.., decided)| !decided.is_undone())
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

    /// The decisions of the last hour, the latest first, of which there are at most [`limits::DECISION_SERIES`].
    pub fn recent_decisions(&self) -> &[RecentDecision] {
        &self.recent_decisions
    }
}
