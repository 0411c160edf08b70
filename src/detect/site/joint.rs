//! Destinations on all payment pages of a site together. A thief who meets one buyer on the checkout of each of twelve countries
//! has as many victims as one who meets twelve on one checkout.

use std::sync::Arc;

use super::super::alert::Severity;
use super::super::destination_state::DestinationState;
use super::super::destinations::DestinationKey;
use super::super::hits::{Traits, distinct_networks};
use super::super::severity;
use super::assessment::{Found, Subject};
use super::{Observation, SiteState};
use crate::base::clock::{DAY, Timestamp};
use crate::report::Reason;

/// The page groups that an alert names.
const NAMED: usize = 12;

impl SiteState {
    /// Whether cards are entered in several page groups.
    pub(super) fn has_several_payment_groups(&self) -> bool {
        self.payment_groups().nth(1).is_some()
    }

    /// Learns a report of a payment page as one of all payment pages.
    pub(super) fn note_jointly(
        &mut self,
        observation: &Observation<'_>,
        (reason, traits): (&Reason<'_>, Traits),
    ) {
        let Observation { report, row, network, now, .. } = observation;
        if !row.payment || !self.has_several_payment_groups() {
            return;
        }
        let alerted = self.payment_states(row.destination).filter_map(|(_, state)| state.severity);
        let severity = alerted.max();
        let reading = self.buyers.reading(*now);
        let (state, _) = self.joint.get_or_insert(&key_of(row.destination), true, *now);
        // What an alert was about does not make it common later.
        state.severity = severity;
        state.add(report, reason);
        state.first_reading.get_or_insert(reading);
        state.hits.add(*network, traits, reading, *now);
    }

    /// What a destination of a payment page amounts to with all payment pages together; `None` where that is no more than `own`, or
    /// than it amounts to in another page group.
    pub(super) fn joint(
        &self,
        key: &DestinationKey,
        own: Option<Severity>,
        now: Timestamp,
    ) -> Option<Found> {
        let state = self.destinations.get(key).filter(|state| state.payment)?;
        if own == Some(Severity::Page) || !self.has_several_payment_groups() {
            return None;
        }
        let lately = |(_, state): &(Arc<str>, &DestinationState)| now.is_within(DAY, state.last);
        let reporting: Vec<_> = self.payment_states(&key.destination).filter(lately).collect();
        if reporting.len() < 2 {
            return None;
        }
        let joint = self.joint.get(&key_of(&key.destination))?;
        let (hits, history) = (joint.hits(), joint.history());
        let networks = distinct_networks(hits.iter().copied());
        let visits = (&*hits, history);
        let among = Some(&self.buyers);
        let score = self.score_among(Subject::Destination, (state, key), visits, among, now);
        let severity = severity::of(&score, networks.len(), true)?;
        let others = reporting.iter().filter(|(name, _)| *name != key.page_group);
        let elsewhere = others.filter_map(|(_, state)| state.severity).max();
        let names: Vec<&str> = reporting.iter().map(|(name, _)| &**name).collect();
        let (severity, in_words) = (Some(severity), Some(in_words(&names)));
        (severity > own.max(elsewhere)).then_some(Found { severity, score, networks, in_words })
    }

    /// How many destinations of all payment pages together are remembered.
    #[cfg(test)]
    pub(in crate::detect) fn joint_len(&self) -> usize {
        self.joint.len()
    }

    fn payment_groups(&self) -> impl Iterator<Item = &Arc<str>> {
        let groups = self.configured.iter().flat_map(|site| site.page_groups());
        groups.filter(|group| group.payment).map(|group| &group.name)
    }

    /// What is known of a destination in each page group with cards.
    fn payment_states(
        &self,
        destination: &str,
    ) -> impl Iterator<Item = (Arc<str>, &DestinationState)> {
        self.payment_groups().filter_map(move |name| {
            let state = self.destinations.get(&DestinationKey::new(name, destination))?;
            Some((Arc::clone(name), state))
        })
    }
}

/// The reason that an alert gives.
fn in_words(groups: &[&str]) -> String {
    let names = groups[..groups.len().min(NAMED)].join(", ");
    let rest = if groups.len() > NAMED { ", …" } else { "" };
    format!("{} page groups report it, and were counted together: {names}{rest}", groups.len())
}

/// The key of a destination on all payment pages. No page group has an empty name.
fn key_of(destination: &str) -> DestinationKey {
    DestinationKey::new(&Arc::from(""), destination)
}
