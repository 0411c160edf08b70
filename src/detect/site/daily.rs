//! The day's digest of what has no alert of its own.

use std::sync::Arc;

use super::super::alert::{Alert, AlertKind};
use super::super::digest::NAMED;
use super::{SiteState, ticket};
use crate::base::clock::Timestamp;

impl SiteState {
    /// Raises the digest of a day that is over, if the day has something to report.
    pub(super) fn report_digest(&mut self, now: Timestamp, on_alert: &mut impl FnMut(Alert)) {
        let Some(keys) = self.digest.take_due(now) else { return };
        let mut quiet = self.destinations.without_alert(&keys);
        quiet.retain(|(key, state)| state.finding.is_none() && !self.new_issuers.has(key));
        if quiet.is_empty() {
            return;
        }
        let count = quiet.len();
        self.digest.last = Some((now, count));
        let are = if count == 1 { "destination is" } else { "destinations are" };
        let total = format!("{count} {are} new, and too few visitors report them for an alert");
        let named = quiet.iter().take(NAMED).map(|(key, state)| {
            let networks = state.distinct_networks().max(1);
            let (destination, group) = (&key.destination, &key.page_group);
            let of = if networks == 1 { "network" } else { "networks" };
            format!("{destination} on pages of {group}: {networks} {of}")
        });
        let reasons: Vec<String> = std::iter::once(total).chain(named).collect();
        let alert = ticket(AlertKind::DestinationsDigest, &Arc::from(""), "", count as u64, "");
        on_alert(Alert { reasons, ..alert });
    }
}
