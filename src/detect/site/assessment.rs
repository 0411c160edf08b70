//! How much a destination, or code of a page, matters, given all that is known of the site.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::super::alert::{Alert, Severity};
use super::super::audience::Audience;
use super::super::destination_state::DestinationState;
use super::super::destinations::{DestinationHash, DestinationKey, SiteDestinations};
use super::super::findings::{Candidate, Findings, Placed};
use super::super::hits::{Hit, OriginId, began, distinct_networks};
use super::super::issuers;
use super::super::origins::Visit;
use super::super::policies::is_near;
use super::super::raised_page::Grounds;
use super::super::score::weights::COMMON;
use super::super::score::{self, Basis, History, Known, Score};
use super::super::severity;
use super::SiteState;
use crate::base::client_id::NetworkId;
use crate::base::clock::{HOUR, Timestamp};

/// So many visits are assessed one by one; what has more of them is assessed when it has something new to say, and else once in
/// [`ASSESSED_EVERY`].
const ASSESSED_AT_ONCE: usize = 8;
const ASSESSED_EVERY: Duration = Duration::from_secs(10);

/// What an assessment is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// A destination that nobody expected.
    Destination,
    /// Code that a payment page runs though its policy does not allow it.
    Code,
    /// The destination of a drill. It has the score that a theft would have, and is always a finding of its own.
    Drill,
}

impl Subject {
    fn severity(
        self,
        score: &Score,
        networks: usize,
        state: &DestinationState,
    ) -> Option<Severity> {
        match self {
            Self::Destination | Self::Drill => severity::of(score, networks, state.payment),
            Self::Code => severity::of_code(score, networks, state.evidence.after_new_policy),
        }
    }
}

/// What the visits amount to that reported a destination.
pub(super) struct Found {
    pub(super) severity: Option<Severity>,
    pub(super) score: Score,
    pub(super) networks: Vec<NetworkId>,
    /// What an alert says of it.
    pub(super) in_words: Option<String>,
}

/// New destinations that have something in common.
pub(super) struct Common {
    pub(super) origin: OriginId,
    /// The visits that reported one of them.
    pub(super) hits: Vec<Hit>,
    pub(super) destinations: Vec<Box<str>>,
    /// Who reports which of them.
    pub(super) witnesses: Vec<(NetworkId, DestinationHash)>,
}

/// What is to be assessed after a while, since when it waits.
pub(super) type Postponed = VecDeque<(Timestamp, Subject, DestinationKey)>;

/// Whether one more visit may wait: many came before, and they were assessed moments ago.
pub(super) fn may_wait(state: &DestinationState, now: Timestamp) -> bool {
    state.hits.len() > ASSESSED_AT_ONCE
        && state.assessed.is_some_and(|at| now.distance(at) < ASSESSED_EVERY)
}

impl SiteState {
    pub(super) fn states(&self, subject: Subject) -> &SiteDestinations {
        match subject {
            Subject::Destination => &self.destinations,
            Subject::Code => &self.code,
            Subject::Drill => &self.drills,
        }
    }

    pub(super) fn tables(&mut self, subject: Subject) -> (&mut SiteDestinations, &mut Findings) {
        match subject {
            Subject::Destination => (&mut self.destinations, &mut self.findings),
            Subject::Code => (&mut self.code, &mut self.code_findings),
            Subject::Drill => (&mut self.drills, &mut self.findings),
        }
    }

    /// Settles the score and the severity of a destination, and raises an alert if that is news.
    pub(super) fn assess(
        &mut self,
        subject: Subject,
        key: &DestinationKey,
        now: Timestamp,
        on_alert: &mut impl FnMut(Alert),
    ) {
        let Some(Found { severity: present, score, networks, in_words }) =
            self.found(subject, key, now)
        else {
            return;
        };
        let began = self.states(subject).get(key).and_then(|state| began(state.hits()));
        let began = began.unwrap_or(now);
        let (has_census, corroborated) = self.corroborated(key, &networks, now);
        let Some(state) = self.tables(subject).0.get_mut(key) else { return };
        (state.assessed, state.is_due, state.is_postponed) = (Some(now), false, false);
        state.score = score.total;
        state.prevalence = score.prevalence();
        // What an alert said stays said; what waits in another finding waits no longer than its evidence lasts.
        let said = state.episode.raised();
        let Some(severity) = said.max(present).filter(|_| state.is_reportable()) else { return };
        state.severity = Some(severity);
        let (origin, joined) = (state.origin, state.finding.clone());
        let candidate = Candidate {
            key,
            hash: key.hash_of_destination(),
            severity,
            strong: score.strong,
            began,
            networks: &networks,
            corroborated: &corroborated,
            has_census,
            origin,
            of_origin: &[],
        };
        let placed = match subject {
            Subject::Drill => Placed::Leads,
            _ => self.place(subject, candidate, joined.as_deref(), now),
        };
        let (states, findings) = self.tables(subject);
        let stands_apart = subject == Subject::Drill || findings.stands_apart(candidate, now);
        let Some(state) = states.get_mut(key) else { return };
        match placed {
            Placed::Joins(leader) => state.finding = Some(leader),
            Placed::Leads => {
                state.finding = None;
                // What a page rests on is what pages now, and not what did once.
                let networks_now = if present == Some(severity) { networks.len() } else { 1 };
                let grounds =
                    Grounds { networks: networks_now, strong: score.strong, stands_apart };
                if state.raise_to(severity, grounds, now) {
                    let mut on_alert = |mut alert: Alert| {
                        alert.reasons.extend(in_words.clone());
                        on_alert(alert);
                    };
                    let witnesses = (&*networks, &[][..]);
                    self.raise(subject, key, (severity, &score), witnesses, now, &mut on_alert);
                }
            }
        }
    }

    /// What is known of a destination by itself, or of all payment pages together where that is more.
    fn found(&self, subject: Subject, key: &DestinationKey, now: Timestamp) -> Option<Found> {
        let state = self.states(subject).get(key)?;
        let hits = state.hits();
        let networks = distinct_networks(hits.iter().copied());
        let score = self.score(subject, (state, key), (&hits, state.history()), now);
        let severity = subject.severity(&score, networks.len(), state);
        let is_destination = subject == Subject::Destination;
        let joint = is_destination.then(|| self.joint(key, severity, now)).flatten();
        Some(joint.unwrap_or(Found { severity, score, networks, in_words: None }))
    }

    /// Finds the finding of a destination, or begins one.
    fn place(
        &mut self,
        subject: Subject,
        candidate: Candidate<'_>,
        joined: Option<&str>,
        now: Timestamp,
    ) -> Placed {
        let mut findings = std::mem::take(self.tables(subject).1);
        let share_of = |key: &DestinationKey| self.share_of_visitors(subject, key, now);
        let placed = findings.place(candidate, joined, share_of, now);
        *self.tables(subject).1 = findings;
        placed
    }

    /// The share of the page group's visitors who report a destination, since the oldest of its latest visits. 1 where nobody
    /// knows, which says nothing of those who do.
    #[allow(clippy::cast_precision_loss, reason = "at most the limit of hits")]
    fn share_of_visitors(&self, subject: Subject, key: &DestinationKey, now: Timestamp) -> f64 {
        let Some(state) = self.states(subject).get(key) else { return 1.0 };
        let hits = state.hits();
        let (Some(oldest), Some(audience)) = (hits.first(), self.audiences.get(&key.page_group))
        else {
            return 1.0;
        };
        let counted = audience.counted_by(now).visits(oldest.reading, audience.reading(now));
        let visits = f64::from(counted) * self.collectors.scale();
        let reporting = hits.len() as f64;
        reporting / visits.max(reporting)
    }

    /// Settles the score of what a destination has in common with other new ones.
    pub(super) fn assess_origin(
        &mut self,
        subject: Subject,
        (origin, first): (OriginId, Timestamp),
        key: &DestinationKey,
        visit: Visit,
        now: Timestamp,
        on_alert: &mut impl FnMut(Alert),
    ) {
        let Some(found) = self.origins.note(origin, key, first, visit, now) else { return };
        let hits: Vec<Hit> = found.hits.since(None).copied().collect();
        let (destinations, witnesses) = (found.destinations.clone(), found.witnesses.clone());
        let networks = distinct_networks(&hits);
        let Some(state) = self.states(subject).get(key) else { return };
        let visits: Vec<&Hit> = hits.iter().collect();
        let score = self.score(subject, (state, key), (&visits, None), now);
        let Some(severity) = subject.severity(&score, networks.len(), state) else { return };
        let states = self.states(subject);
        let key_of = |name: &str| DestinationKey::new(&key.page_group, name);
        let leads = |name: &str| {
            let state = states.get(&key_of(name));
            state.is_some_and(|state| state.severity >= Some(severity) && state.finding.is_none())
        };
        let leader =
            key_of(destinations.iter().find(|name| leads(name)).unwrap_or(&destinations[0]));
        let common = Common { origin, hits, destinations, witnesses };
        self.raise_common(subject, &leader, common, (severity, &score), now, on_alert);
    }

    /// Makes new destinations that have something in common one finding, and raises its alert if that is news.
    pub(super) fn raise_common(
        &mut self,
        subject: Subject,
        leader: &DestinationKey,
        Common { origin, hits, destinations, witnesses }: Common,
        (severity, score): (Severity, &Score),
        now: Timestamp,
        on_alert: &mut impl FnMut(Alert),
    ) {
        let networks = distinct_networks(&hits);
        let (has_census, corroborated) = self.corroborated(leader, &networks, now);
        let began = began(&hits).unwrap_or(now);
        let key_of = |name: &str| DestinationKey::new(&leader.page_group, name);
        let candidate = Candidate {
            key: leader,
            hash: leader.hash_of_destination(),
            severity,
            strong: score.strong,
            began,
            networks: &networks,
            corroborated: &corroborated,
            has_census,
            origin: Some(origin),
            of_origin: &witnesses,
        };
        let placed = self.place(subject, candidate, None, now);
        let (states, findings) = self.tables(subject);
        let stands_apart = findings.stands_apart(candidate, now);
        let grounds = Grounds { networks: networks.len(), strong: score.strong, stands_apart };
        let finding = match &placed {
            Placed::Leads => &leader.destination,
            Placed::Joins(of) => of,
        };
        let mut is_news = false;
        for destination in &destinations {
            let Some(state) = states.get_mut(&key_of(destination)) else { continue };
            state.severity = state.severity.max(Some(severity));
            if *destination == leader.destination && placed == Placed::Leads {
                state.finding = None;
                is_news = state.raise_to(severity, grounds, now);
            } else {
                state.finding = Some(finding.clone());
            }
        }
        if is_news {
            let witnesses = (&*networks, &*destinations);
            self.raise(subject, leader, (severity, score), witnesses, now, on_alert);
        }
    }

    /// Raises the alert about a finding. It has the destinations that have their origin in common with the leader, and those
    /// that mostly the same networks report.
    fn raise(
        &mut self,
        subject: Subject,
        leader: &DestinationKey,
        (severity, score): (Severity, &Score),
        (networks, of_origin): (&[NetworkId], &[Box<str>]),
        now: Timestamp,
        on_alert: &mut impl FnMut(Alert),
    ) {
        let states = self.tables(subject).0;
        let companions = match subject {
            Subject::Drill => Vec::new(),
            _ => states.companions(leader, networks, severity, now - HOUR),
        };
        states.join(&companions, leader);
        self.tables(subject).1.list(leader, &companions);
        let others = of_origin.iter().chain(companions.iter().map(|key| &key.destination));
        let alert = self.alert(subject, leader, severity, score, others);
        on_alert(alert);
    }

    /// The score of a destination, or of code, by these of its visits.
    fn score(
        &self,
        subject: Subject,
        about: (&DestinationState, &DestinationKey),
        visits: (&[&Hit], Option<History>),
        now: Timestamp,
    ) -> Score {
        self.score_among(subject, about, visits, None, now)
    }

    /// The same, where the visits are among those of these visitors, and not of the page group's.
    pub(super) fn score_among(
        &self,
        subject: Subject,
        (state, key): (&DestinationState, &DestinationKey),
        (hits, history): (&[&Hit], Option<History>),
        among: Option<&Audience>,
        now: Timestamp,
    ) -> Score {
        let group = &key.page_group;
        // A collector may learn of a destination from others alone.
        let nobody = Audience::default();
        let audience = among.or_else(|| self.audiences.get(group)).unwrap_or(&nobody);
        let usual = self.usual_visits(group, now);
        let evidence = &state.evidence;
        let known = Known {
            look_alike: evidence.look_alike.is_some(),
            threat: evidence.threat.is_some(),
            unexplained: evidence.unexplained,
            of_shared_service: evidence.of_shared_service,
            payment: state.payment,
            few_elsewhere: state.payment
                && self
                    .destinations
                    .prevalence_on_cardless_pages(&key.destination)
                    .is_some_and(|prevalence| prevalence < COMMON),
            changed_page: self.changed_lately(group, now),
            local: evidence.local,
            of_network: evidence.of_network,
            has_issuers: subject != Subject::Drill
                && (issuers::is_access_control(&key.destination)
                    || self.excuses_forms(group, hits, now)),
        };
        score::score(&Basis {
            hits,
            audience,
            visitors: self.collectors.scale(),
            history,
            usual: |from| if among.is_none() { usual(from) } else { None },
            known,
            now,
        })
    }

    /// Whether a page group has a census, and which of these networks take part in it.
    fn corroborated(
        &self,
        key: &DestinationKey,
        networks: &[NetworkId],
        now: Timestamp,
    ) -> (bool, Vec<NetworkId>) {
        let audience = self.audiences.get(&key.page_group);
        let with_census = audience.filter(|of| of.has_census(now));
        let Some(audience) = with_census else { return (false, Vec::new()) };
        let counted = networks.iter().filter(|network| audience.is_counted(**network, now));
        (true, counted.copied().collect())
    }

    /// Assesses the destinations that wait for a network's part in the census.
    pub(super) fn assess_waiting(
        &mut self,
        network: NetworkId,
        now: Timestamp,
        on_alert: &mut impl FnMut(Alert),
    ) {
        for key in self.findings.waiting_for(network, now) {
            self.assess(Subject::Destination, &key, now, on_alert);
        }
    }

    /// Assesses the destinations whose finding is over because people decided about its leader: the foremost leads a new one,
    /// and its alert is raised at once, as it is shown at once.
    pub(in crate::detect) fn assess_due(
        &mut self,
        now: Timestamp,
        on_alert: &mut impl FnMut(Alert),
    ) {
        for key in self.destinations.due() {
            self.assess(Subject::Destination, &key, now, on_alert);
        }
    }

    /// Assesses what was put off and is due by now.
    pub(super) fn assess_postponed(&mut self, now: Timestamp, on_alert: &mut impl FnMut(Alert)) {
        while let Some((_, subject, key)) =
            self.postponed.pop_front_if(|(since, ..)| now.distance(*since) >= ASSESSED_EVERY)
        {
            // Something that cannot wait may have come before its turn.
            if self.states(subject).get(&key).is_some_and(|state| state.is_postponed) {
                self.assess(subject, &key, now, on_alert);
            }
        }
    }

    /// Whether a script or the policy of a page group changed within a day.
    pub(super) fn changed_lately(&self, group: &Arc<str>, now: Timestamp) -> bool {
        self.policies.changed(group).is_some_and(|at| is_near(at, now))
            || self.scripts.any_changed_lately(group, now)
    }
}
