//! Page groups that send buyers on to their banks, and the week's ticket about new ones.

use std::sync::Arc;

use super::super::alert::{Alert, AlertKind};
use super::super::destinations::DestinationKey;
use super::super::hits::{Hit, distinct_networks};
use super::super::issuers::Issuers;
use super::{SiteState, ticket};
use crate::base::clock::Timestamp;

impl SiteState {
    /// Whether buyers' banks come by the dozen on a page group: as configured, else as learnt.
    pub(super) fn has_issuers(&self, group: &Arc<str>, now: Timestamp) -> bool {
        self.configured_issuers(group).unwrap_or_else(|| self.has_learnt_issuers(group, now))
    }

    /// Whether a form from the page group to a stranger is nothing special, when these visitors were sent there. As learnt, it is
    /// where most buyers are sent to one destination: anybody can report half a dozen banks.
    pub(super) fn excuses_forms(&self, group: &Arc<str>, hits: &[&Hit], now: Timestamp) -> bool {
        self.configured_issuers(group).unwrap_or_else(|| {
            let forms = || hits.iter().copied().filter(|hit| hit.traits.form);
            let are_most = |issuers: &Issuers| issuers.are_most(distinct_networks(forms()).len());
            self.has_learnt_issuers(group, now) && !self.issuers.get(group).is_some_and(are_most)
        })
    }

    fn configured_issuers(&self, group: &str) -> Option<bool> {
        self.configured.as_ref().and_then(|site| site.group_named(group)?.three_d_secure)
    }

    fn has_learnt_issuers(&self, group: &Arc<str>, now: Timestamp) -> bool {
        self.issuers.get(group).is_some_and(|issuers| issuers.are_many(now))
    }

    /// Notes a destination that the page group did not have before, if it is a bank's.
    pub(super) fn note_issuer(&mut self, key: &DestinationKey, now: Timestamp) {
        if self.has_issuers(&key.page_group, now) {
            self.new_issuers.note(key, now);
        }
    }

    /// Raises the ticket about a week's new banks.
    pub(super) fn report_issuers(&mut self, now: Timestamp, on_alert: &mut impl FnMut(Alert)) {
        let Some(keys) = self.new_issuers.take_due(now) else { return };
        let quiet = self.destinations.without_alert(&keys);
        let names: Vec<String> = quiet.iter().map(|(key, _)| key.destination.to_string()).collect();
        let Some((first, _)) = quiet.first() else { return };
        let count = names.len();
        self.digest.last = Some((now, count));
        let issuers = if count == 1 { "issuer" } else { "issuers" };
        let reason = format!(
            "{count} new {issuers} this week: forms and frames of one or two buyers each, as 3-D Secure has them"
        );
        let kind = AlertKind::DestinationsDigest;
        let alert = ticket(kind, &first.page_group, &first.destination, count as u64, &reason);
        on_alert(Alert { destinations: if count > 1 { names } else { Vec::new() }, ..alert });
    }
}
