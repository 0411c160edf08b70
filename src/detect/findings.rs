//! Destinations that are one finding, so that they are one alert.
//!
//! A skimmer that names ten other hosts in each victim's browser, and a forger who invents a thousand, are one thing to look
//! at each. A finding begins with the first destination that has evidence enough. Another one joins it
//!
//! - if most of the networks that report it report the finding too, as long as that says something: both began together, or
//!   so few visitors report the finding that it is no chance;
//! - if it comes from the same place in a script as the finding's, which takes another destination for each victim;
//! - or if several findings began lately. Then it waits until some networks report it that spoke of none of these before.
//!
//! What has a strong reason that a finding lacks joins it by nothing but the last. A more urgent finding takes over those that
//! the same networks report.
//!
//! A destination that stops being like its finding becomes a finding of its own. So joining never hides anything: the alert
//! lists all of its destinations, and who hides a theft among others wins some victims at most.

mod finding;

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::alert::Severity;
use super::destinations::DestinationKey;
use super::waiting::Waiting;
use crate::base::client_id::NetworkId;
use crate::base::clock::{DAY, Timestamp, days};
use crate::base::limits;
pub(super) use finding::Candidate;
use finding::Finding;

/// How many findings of a severity may begin on a page group within [`Crowd::within`] before another one joins them.
const PAGES: Crowd = Crowd { findings: 2, within: Duration::from_hours(12), eases: TWO_HOURS };
/// Those of pages that one network alone reports.
const SINGLE_PAGES: Crowd = Crowd { findings: 2, within: days(7), eases: TWO_HOURS };
const TICKETS: Crowd = Crowd { findings: 3, within: days(2), eases: DAY };

const TWO_HOURS: Duration = Duration::from_hours(2);

/// So many networks that spoke of nothing else in a crowd set a destination apart from it: forgers need as many for each page.
const NETWORKS_APART: usize = 4;

/// The same of networks that take part in the census: to forge that, one has to forge whole visits.
const CORROBORATED_APART: usize = 2;

/// A network that spoke of something else before counts this much: a thief may rob visitors who were here before.
const SPOKE_BEFORE_COUNTS: usize = 4;

/// So many networks set a destination apart from any crowd: [`limits::HITS_PER_DESTINATION`] are remembered.
const NETWORKS_APART_MAX: usize = 30;

/// How long a finding is remembered.
const REMEMBERED: Duration = days(7);

/// How long after its last news a finding takes up others that the same networks report.
const GROWS_FOR: Duration = Duration::from_hours(6);

struct Crowd {
    findings: usize,
    within: Duration,
    /// For so long, each finding that stood apart from the crowd makes the next one need more networks. So findings cannot
    /// come faster, however many networks a forger has, and what holds a theft back is over after that.
    eases: Duration,
}

/// What a crowd makes of a destination.
enum Crowded<'f> {
    /// There is none.
    No,
    /// It stands apart.
    Apart,
    /// It is part of the latest of its findings.
    Joins(&'f mut Finding),
}

/// The findings of a site.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Findings {
    all: Vec<Finding>,
    /// What their networks' part in the census may let stand out of a crowd.
    waiting: Waiting,
}

/// What becomes of a destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Placed {
    /// It is a finding of its own.
    Leads,
    /// It is part of the finding of this destination.
    Joins(Box<str>),
}

impl Findings {
    /// Finds the finding of a destination, or begins one. `joined`: the leader of the finding that it is part of until now.
    /// `share_of`: the share of all visitors who report a destination.
    pub(super) fn place(
        &mut self,
        candidate: Candidate<'_>,
        joined: Option<&str>,
        share_of: impl Fn(&DestinationKey) -> f64,
        now: Timestamp,
    ) -> Placed {
        self.all.retain(|finding| now.is_within(REMEMBERED, finding.last));
        let Candidate { key, hash, severity, .. } = candidate;
        let is_own = |finding: &&mut Finding| finding.hash == hash && finding.leader == *key;
        if let Some(own) = self.all.iter_mut().find(is_own) {
            own.take(candidate, now);
            let is_risen = own.severity < severity;
            own.severity = own.severity.max(severity);
            if !candidate.of_origin.is_empty() {
                own.origin = candidate.origin;
            }
            if is_risen {
                self.take_over_lesser(candidate);
            }
            return Placed::Leads;
        }
        let group = |finding: &&mut Finding| {
            finding.leader.page_group == key.page_group && finding.severity >= severity
        };
        let same = self.all.iter_mut().filter(group).find(|finding| {
            let is_member = joined.is_some_and(|leader| *finding.leader.destination == *leader);
            let is_alike = finding.origin.is_some() && finding.origin == candidate.origin;
            (is_alike || is_member || now.is_within(GROWS_FOR, finding.last))
                && finding.takes_up(&candidate, &share_of)
        });
        if let Some(finding) = same {
            finding.take(candidate, now);
            return Placed::Joins(finding.leader.destination.clone());
        }
        let is_apart = match self.crowd(candidate, now) {
            Crowded::Joins(finding) => {
                finding.take_of_crowd(candidate, now);
                let leader = finding.leader.destination.clone();
                self.wait(candidate, now);
                return Placed::Joins(leader);
            }
            Crowded::Apart => true,
            Crowded::No => false,
        };
        for finding in &mut self.all {
            finding.destinations.retain(|member| member.destination != key.destination);
        }
        if self.all.len() >= limits::FINDINGS_PER_SITE {
            let is_oldest = |finding: &&Finding| (finding.severity, finding.last);
            let oldest =
                self.all.iter().min_by_key(is_oldest).map(|finding| finding.leader.clone());
            self.all.retain(|finding| Some(&finding.leader) != oldest.as_ref());
        }
        self.all.push(Finding::new(candidate, is_apart, now));
        self.take_over_lesser(candidate);
        Placed::Leads
    }

    /// Makes the less urgent findings that the same networks report part of the one that a destination leads: a skimmer whose
    /// own host has more evidence than those that it hides among is still one thing to look at.
    fn take_over_lesser(&mut self, candidate: Candidate<'_>) {
        let Candidate { key, networks, severity, .. } = candidate;
        let is_lesser = |finding: &mut Finding| {
            finding.leader.page_group == key.page_group
                && finding.severity < severity
                && finding.is_mostly_of(networks)
        };
        let lesser: Vec<Finding> = self.all.extract_if(.., is_lesser).collect();
        let Some(own) = self.all.iter_mut().find(|finding| finding.leader == *key) else { return };
        for finding in lesser {
            own.origin = own.origin.or(finding.origin);
            own.destinations.extend(finding.destinations);
        }
        own.destinations.truncate(limits::DESTINATIONS_PER_FINDING);
    }

    /// The destinations that wait for a network's part in the census, once.
    pub(super) fn waiting_for(
        &mut self,
        network: NetworkId,
        now: Timestamp,
    ) -> VecDeque<DestinationKey> {
        self.waiting.take(network, now)
    }

    /// Notes that a destination waits in a crowd for its networks' part in the census.
    fn wait(&mut self, candidate: Candidate<'_>, now: Timestamp) {
        if !candidate.has_census || candidate.corroborated.len() == candidate.networks.len() {
            return;
        }
        for network in candidate.networks {
            self.waiting.push(*network, candidate.key, now);
        }
    }

    /// Forgets the findings that people decided about: the next of their destinations that is reported leads a new one, and
    /// no other destination joins what nobody looks at any more. `is_forgotten` gets the leader and the latest report.
    pub(super) fn forget(&mut self, is_forgotten: impl Fn(&DestinationKey, Timestamp) -> bool) {
        self.all.retain(|finding| !is_forgotten(&finding.leader, finding.last));
    }

    /// Whether no crowd holds a destination back. Of one that leads a finding, that says whether what confirms it is news.
    pub(super) fn stands_apart(&mut self, candidate: Candidate<'_>, now: Timestamp) -> bool {
        !matches!(self.crowd(candidate, now), Crowded::Joins(_))
    }

    /// Lists destinations as part of the finding that a destination leads, as its alert does.
    pub(super) fn list(&mut self, leader: &DestinationKey, others: &[DestinationKey]) {
        if let Some(finding) = self.all.iter_mut().find(|finding| finding.leader == *leader) {
            others.iter().for_each(|other| finding.list(&other.destination, true));
        }
    }

    /// What several findings that began lately make of a destination. It stands apart by the networks that report it and spoke
    /// of nothing else among these before it began. What these do by now does not matter: whoever can make them grow could hold
    /// everything back.
    fn crowd(&mut self, candidate: Candidate<'_>, now: Timestamp) -> Crowded<'_> {
        let Crowd { findings, within, eases } = match candidate.severity {
            Severity::Page if candidate.networks.len() < 2 => SINGLE_PAGES,
            Severity::Page => PAGES,
            Severity::Ticket => TICKETS,
        };
        let is_of_crowd = |finding: &&mut Finding| {
            finding.leader.page_group == candidate.key.page_group
                && finding.severity >= candidate.severity
                && now.is_within(within, finding.began)
        };
        let mut crowd: Vec<&mut Finding> = self.all.iter_mut().filter(is_of_crowd).collect();
        if crowd.len() < findings {
            return Crowded::No;
        }
        let lately =
            |finding: &&&mut Finding| finding.is_apart && now.is_within(eases, finding.began);
        let times = 1 + crowd.iter().filter(lately).count();
        let are_enough = |networks: &[NetworkId], needed: usize| {
            let needed = (needed * times).min(NETWORKS_APART_MAX);
            let spoke = |network: &&NetworkId| {
                crowd.iter().any(|finding| finding.spoke_before(**network, &candidate))
            };
            let spoke = networks.iter().filter(spoke).count();
            networks.len() - spoke + spoke / SPOKE_BEFORE_COUNTS >= needed
        };
        if are_enough(candidate.networks, NETWORKS_APART)
            || are_enough(candidate.corroborated, CORROBORATED_APART)
        {
            return Crowded::Apart;
        }
        crowd.pop().map_or(Crowded::No, Crowded::Joins)
    }
}

#[cfg(test)]
mod tests;
