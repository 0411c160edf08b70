//! Destinations that are one finding, so that they are one alert.
//!
//! A skimmer that names ten other hosts in each victim's browser, and a forger who invents a thousand, are one thing to look
//! at each. A finding begins with the first destination that has evidence enough. Another one joins it
//!
//! - if most of the networks that report it report the finding too;
//! - if it comes from the same place in a script as the finding's, which takes another destination for each victim;
//! - or if several findings began lately. Then it waits until more networks report it than most of theirs.
//!
//! A more urgent finding takes over those that the same networks report.
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
use crate::base::clock::{Timestamp, days};
use crate::base::limits;
pub(super) use finding::Candidate;
use finding::{Finding, Member};

/// How many findings of a severity may begin on a page group within [`Crowd::within`] before another one joins them.
const PAGES: Crowd = Crowd { findings: 2, within: Duration::from_hours(12) };
/// Those of pages that one network alone reports.
const SINGLE_PAGES: Crowd = Crowd { findings: 2, within: days(7) };
const TICKETS: Crowd = Crowd { findings: 3, within: days(2) };

/// How many more networks must report a destination than report most of the crowd.
const NETWORKS_AHEAD: usize = 3;

/// The same of networks that take part in the census: to forge that, one has to forge whole visits.
const CORROBORATED_AHEAD: usize = 2;

/// How long a finding is remembered.
const REMEMBERED: Duration = days(7);

/// How long after its last news a finding takes up others that the same networks report.
const GROWS_FOR: Duration = Duration::from_hours(6);

struct Crowd {
    findings: usize,
    within: Duration,
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
    pub(super) fn place(
        &mut self,
        candidate: Candidate<'_>,
        joined: Option<&str>,
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
            let is_alike = finding.origin.is_some() && finding.origin == candidate.origin;
            if is_alike {
                return !finding.has_two_outsiders(&candidate);
            }
            let is_member = joined.is_some_and(|leader| *finding.leader.destination == *leader);
            (is_member || now.is_within(GROWS_FOR, finding.last)) && finding.has_most_of(&candidate)
        });
        if let Some(finding) = same {
            finding.take(candidate, now);
            return Placed::Joins(finding.leader.destination.clone());
        }
        if let Some(finding) = self.crowd(candidate, now) {
            finding.take(candidate, now);
            let leader = finding.leader.destination.clone();
            self.wait(candidate, now);
            return Placed::Joins(leader);
        }
        for finding in &mut self.all {
            finding.destinations.retain(|member| member.destination != key.destination);
        }
        if self.all.len() >= limits::FINDINGS_PER_SITE {
            let is_oldest = |finding: &&Finding| (finding.severity, finding.last);
            let oldest =
                self.all.iter().min_by_key(is_oldest).map(|finding| finding.leader.clone());
            self.all.retain(|finding| Some(&finding.leader) != oldest.as_ref());
        }
        self.all.push(Finding::new(candidate, now));
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
        if !candidate.has_census || candidate.corroborated == candidate.networks.len() {
            return;
        }
        for network in candidate.networks {
            self.waiting.push(*network, candidate.key, now);
        }
    }

    /// Forgets the findings that people decided about: the next of their destinations that is reported leads a new one, and
    /// no other destination joins what nobody looks at any more. `is_forgotten` gets the leader and the latest report.
    pub(super) fn forget(&mut self, is_forgotten: impl Fn(&str, Timestamp) -> bool) {
        self.all.retain(|finding| !is_forgotten(&finding.leader.destination, finding.last));
    }

    /// The latest of several findings that began lately, unless more networks report the candidate than most of these.
    fn crowd(&mut self, candidate: Candidate<'_>, now: Timestamp) -> Option<&mut Finding> {
        let Crowd { findings, within } = match candidate.severity {
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
            return None;
        }
        let is_ahead = |own: usize, by: usize, count: fn(&Member) -> usize| {
            // Most have too few by themselves, and the crowd need not be counted.
            let Some(least) = own.checked_sub(by) else { return false };
            let members = crowd.iter().flat_map(|finding| &finding.destinations);
            let others = members.filter(|member| member.destination != candidate.key.destination);
            let (mut all, mut behind) = (0, 0);
            for member in others {
                all += 1;
                behind += usize::from(count(member) <= least);
            }
            // Pages are not to be hidden by one decoy that many networks report; tickets are not to be many.
            match candidate.severity {
                Severity::Page => all == 0 || behind > all * 9 / 10,
                Severity::Ticket => behind == all,
            }
        };
        if is_ahead(candidate.networks.len(), NETWORKS_AHEAD, |member| member.networks)
            || is_ahead(candidate.corroborated, CORROBORATED_AHEAD, |member| member.corroborated)
        {
            return None;
        }
        crowd.pop()
    }
}

#[cfg(test)]
mod tests;
