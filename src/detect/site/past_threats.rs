//! Destinations that a threat list has, and that were reported before it had them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::super::PastDestination;
use super::super::alert::{Alert, AlertKind, Severity};
use super::super::destinations::DestinationKey;
use super::super::severity::AlertReason;
use super::assessment::Subject;
use super::{SiteState, ticket};
use crate::base::clock::Timestamp;
use crate::base::limits;
use crate::decisions::ThreatLists;

/// A destination that was reported before a threat list had it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct PastThreat {
    /// When it was found on the list.
    pub found: Timestamp,
    /// `Page` if cards are entered on its page group.
    pub severity: Severity,
}

impl SiteState {
    /// Compares the destinations of the site with threat lists, and raises alerts for those that are new on one.
    pub(in crate::detect) fn match_threats(
        &mut self,
        threats: &ThreatLists,
        now: Timestamp,
        on_alert: &mut impl FnMut(Alert),
    ) {
        for (key, list) in self.destinations.newly_listed(threats) {
            let Some(destination) = self.destinations.get_mut(&key) else { continue };
            destination.evidence.threat = Some(Box::from(list));
            if destination.episode.is_active(now) {
                self.assess(Subject::Destination, &key, now, on_alert);
                continue;
            }
            let past = PastDestination {
                page_group: &key.page_group,
                payment: destination.payment,
                destination: &key.destination,
                list,
                last: destination.last,
                reports: destination.reports,
                clients: destination.clients(),
            };
            self.report_past_threat_once(&key, &past, now, on_alert);
        }
    }

    /// Raises an alert for a destination on a threat list that only ClickHouse remembers.
    pub(in crate::detect) fn report_past_threat(
        &mut self,
        past: &PastDestination<'_>,
        now: Timestamp,
        on_alert: &mut impl FnMut(Alert),
    ) {
        let key = DestinationKey::new(&Arc::from(past.page_group), past.destination);
        if self.destinations.get_mut(&key).is_none() {
            self.report_past_threat_once(&key, past, now, on_alert);
        }
    }

    /// Raises an alert for a past destination on a threat list, unless there was one for it.
    fn report_past_threat_once(
        &mut self,
        key: &DestinationKey,
        past: &PastDestination<'_>,
        now: Timestamp,
        on_alert: &mut impl FnMut(Alert),
    ) {
        let is_full = self.past_threats.len() >= limits::PAST_THREATS;
        if is_full || self.past_threats.contains_key(key) {
            return;
        }
        let severity = if past.payment { Severity::Page } else { Severity::Ticket };
        self.past_threats.insert(key.clone(), PastThreat { found: now, severity });
        let list = AlertReason::ThreatList(past.list).to_string();
        let last = format!("last reported {}, before that was known", past.last);
        let alert = ticket(
            AlertKind::UnknownDestination,
            &key.page_group,
            past.destination,
            past.reports,
            &list,
        );
        let reasons = vec![list, last];
        on_alert(Alert { severity, clients: past.clients, reasons, ..alert });
    }

    /// The destinations that were reported before a threat list had them.
    pub fn past_threats(&self) -> impl Iterator<Item = (&DestinationKey, PastThreat)> {
        self.past_threats.iter().map(|(key, threat)| (key, *threat))
    }
}
