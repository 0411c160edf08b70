//! Visits that bring a destination of their own each, and places in scripts that code of others runs through.

use std::sync::Arc;

use super::super::alert::{Alert, Severity};
use super::super::audience::{Audience, CountedBy};
use super::super::destinations::DestinationKey;
use super::super::hits::{Hit, OriginId, Traits, distinct_networks, is_own_script};
use super::super::origins::origin;
use super::super::scattered::{NAMED_BY_ONE, OWN_FOR, ScatteredVisit};
use super::super::score::weights::SCATTERED_NETWORKS;
use super::super::score::{Basis, Known, score_of_scattered};
use super::super::severity;
use super::super::wrappers::Reach;
use super::assessment::{Common, Subject};
use super::{Observation, SiteState};
use crate::base::client_id::NetworkId;
use crate::base::clock::Timestamp;
use crate::base::collections::HashMap;
use crate::base::sip::sip;
use crate::report::Verdict;

impl SiteState {
    /// Whether code of others runs through the place in a script that a report names. Learns what the place reached.
    pub(super) fn is_wrapped(
        &mut self,
        observation: &Observation<'_>,
        key: &DestinationKey,
        traits: Traits,
    ) -> bool {
        let Observation { row, group, network, now, .. } = observation;
        let Some(place) = origin(row).filter(|_| is_own_script(row)) else { return false };
        if traits.is_usual
            && row.verdict == Verdict::Unknown
            && let Some(audience) = self.audiences.get(group)
        {
            self.wrappers.note(Reach {
                place,
                destination: key.hash_of_destination(),
                network: *network,
                reading: audience.reading(*now),
                counted_by: audience.counted_by(*now),
                now: *now,
            });
        }
        self.wrappers.has(place, *now)
    }

    /// Notes a report of a destination that no other visit reports, and assesses all visits that brought one.
    pub(super) fn note_scattered(
        &mut self,
        observation: &Observation<'_>,
        key: &DestinationKey,
        traits: Traits,
        on_alert: &mut impl FnMut(Alert),
    ) {
        let Observation { row, group, network, now, .. } = observation;
        if !row.payment || row.verdict != Verdict::Unknown || !self.is_own(key, *network, *now) {
            return;
        }
        let Some(audience) = self.audiences.get(group) else { return };
        let hit = Hit { at: *now, network: *network, reading: audience.reading(*now), traits };
        let visit = ScatteredVisit {
            hit,
            destination: key.destination.clone(),
            is_counted: !counts_each(audience, *now) || audience.is_counted(*network, *now),
        };
        if self.scattered.entry(Arc::clone(group)).or_default().note(visit) {
            self.assess_scattered(group, *now, on_alert);
        }
    }

    /// Notes a visit that a census counted: it may have brought a destination of its own before.
    pub(super) fn count_scattered(
        &mut self,
        observation: &Observation<'_>,
        on_alert: &mut impl FnMut(Alert),
    ) {
        let Observation { group, network, now, .. } = observation;
        let Some(scattered) = self.scattered.get_mut(group) else { return };
        if scattered.count(*network, *now) {
            self.assess_scattered(group, *now, on_alert);
        }
    }

    /// Whether this visit alone brings a destination: it is new and no other network reports it, or the only other one that
    /// does names so many that its word is none.
    fn is_own(&self, key: &DestinationKey, network: NetworkId, now: Timestamp) -> bool {
        let Some(state) = self.destinations.get(key) else { return false };
        if !state.evidence.unexplained || state.evidence.local {
            return false;
        }
        match state.first_networks() {
            [first] => *first == network && now.is_within(OWN_FOR, state.first),
            [first, second] => {
                *second == network && self.destinations.has_named(*first, NAMED_BY_ONE)
            }
            _ => false,
        }
    }

    /// Settles the score of the visits that brought a destination of their own, and raises one alert about all of them.
    fn assess_scattered(
        &mut self,
        group: &Arc<str>,
        now: Timestamp,
        on_alert: &mut impl FnMut(Alert),
    ) {
        let (Some(scattered), Some(audience)) =
            (self.scattered.get(group), self.audiences.get(group))
        else {
            return;
        };
        let needs_count = counts_each(audience, now);
        let hits: Vec<Hit> =
            self.scattered_visits(group, needs_count).map(|visit| visit.hit).collect();
        if hits.len() < SCATTERED_NETWORKS {
            return;
        }
        let score = score_of_scattered(&Basis {
            hits: &hits.iter().collect::<Vec<_>>(),
            audience,
            visitors: self.collectors.scale(),
            history: scattered.history(),
            usual: self.usual_visits(group, now),
            known: Known { changed_page: self.changed_lately(group, now), ..Known::default() },
            now,
        });
        let Some(severity) = severity::of(&score, distinct_networks(&hits).len(), true) else {
            return;
        };
        let since = score.scattered_since().unwrap_or(now);
        if let Some(scattered) = self.scattered.get_mut(group) {
            scattered.renew_alert(now);
        }
        let (hits, mut destinations) = self.scattered_since(group, since, needs_count);
        let Some(leader) = self.leader_of_scattered(group, severity, &destinations) else { return };
        let mut witnesses = Vec::new();
        for (hit, destination) in hits.iter().zip(&destinations) {
            let key = DestinationKey::new(group, destination);
            witnesses.push((hit.network, key.hash_of_destination()));
            if let Some(state) = self.destinations.get_mut(&key) {
                state.is_scattered = true;
            }
        }
        if let Some(scattered) = self.scattered.get_mut(group) {
            scattered.leader = Some(leader.destination.clone());
        }
        if !destinations.contains(&leader.destination) {
            destinations.insert(0, leader.destination.clone());
        }
        let origin: OriginId = sip((group, "each visitor another"));
        let common = Common { origin, hits, destinations, witnesses };
        self.raise_common(Subject::Destination, &leader, common, (severity, &score), now, on_alert);
    }

    /// The visits since then, and the destination that each brought.
    fn scattered_since(
        &self,
        group: &Arc<str>,
        since: Timestamp,
        needs_count: bool,
    ) -> (Vec<Hit>, Vec<Box<str>>) {
        let visits = self.scattered_visits(group, needs_count);
        let found = visits.filter(|visit| visit.hit.at >= since);
        found.map(|visit| (visit.hit, visit.destination.clone())).unzip()
    }

    /// The visits that brought a destination of their own and say something: a census counted them where it counts each one.
    fn scattered_visits(
        &self,
        group: &Arc<str>,
        needs_count: bool,
    ) -> impl Iterator<Item = &ScatteredVisit> {
        let all = self.scattered.get(group).into_iter().flat_map(|scattered| scattered.visits());
        all.filter(move |visit| {
            (visit.is_counted || !needs_count) && !self.is_finding_of_many(group, visit)
        })
    }

    /// Whether a visit's destination has an alert by what others report, too: a tag that is new is the first visitor's own for a
    /// moment.
    fn is_finding_of_many(&self, group: &Arc<str>, visit: &ScatteredVisit) -> bool {
        let state = self.destinations.get(&DestinationKey::new(group, &visit.destination));
        state.is_some_and(|state| {
            state.severity.is_some() && !state.is_scattered && state.first_networks().len() > 2
        })
    }

    /// The destination that gives the alert its name: the one that did before, else the first that has no alert of its own.
    /// `None`: most of them are part of one finding that is as urgent, as where one place in a script reached them.
    fn leader_of_scattered(
        &self,
        group: &Arc<str>,
        severity: Severity,
        destinations: &[Box<str>],
    ) -> Option<DestinationKey> {
        let known = self.scattered.get(group).and_then(|scattered| scattered.leader.as_deref());
        let known = known.map(|leader| DestinationKey::new(group, leader));
        if let Some(known) = known.filter(|known| self.destinations.get(known).is_some()) {
            return Some(known);
        }
        let mut findings: HashMap<Box<str>, usize> = HashMap::default();
        let mut unnamed = None;
        for destination in destinations {
            let key = DestinationKey::new(group, destination);
            let Some(state) = self.destinations.get(&key) else { continue };
            let finding = self.destinations.finding_of(&key, state);
            if finding.severity >= Some(severity) && !state.is_scattered {
                *findings.entry(Box::from(finding.leader)).or_default() += 1;
            }
            if state.episode.raised().is_none() {
                unnamed.get_or_insert(key);
            }
        }
        let is_known = findings.values().any(|count| 2 * count > destinations.len());
        unnamed.filter(|_| !is_known)
    }
}

/// Whether each visit is counted, so that one that is not counted is none. Of a sample, most are not.
fn counts_each(audience: &Audience, now: Timestamp) -> bool {
    matches!(audience.counted_by(now), CountedBy::Hashes | CountedBy::Views(1))
}
