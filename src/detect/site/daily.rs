//! The day's digest of what has no alert of its own.

use std::sync::Arc;

use super::super::alert::{Alert, AlertKind};
use super::super::destination_state::DestinationState;
use super::super::destinations::DestinationKey;
use super::super::digest::NAMED;
use super::{SiteState, ticket};
use crate::base::clock::Timestamp;

impl SiteState {
    /// Raises the digest of a day that is over, if the day has something to report.
    pub(super) fn report_digest(&mut self, now: Timestamp, on_alert: &mut impl FnMut(Alert)) {
        let Some(keys) = self.digest.take_due(now) else { return };
        let states = keys.iter().filter_map(|key| Some((key, self.destinations.get(key)?)));
        let mut quiet: Vec<(&DestinationKey, &DestinationState)> = states
            .filter(|(_, state)| state.severity.is_none() && state.finding.is_none())
            .filter(|(key, _)| !self.new_issuers.has(key))
            .collect();
        if quiet.is_empty() {
            return;
        }
        quiet.sort_by(|(_, one), (_, other)| other.score.total_cmp(&one.score));
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
