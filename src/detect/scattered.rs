//! Visits that bring a destination of their own each. A skimmer that takes another domain, another path and another name for
//! its code with every victim leaves nothing in common but that. Extensions and adware bring such destinations, too; so the
//! share of these visits is compared with the page group's own past.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::alert::{Episode, QUIET};
use super::audience::Reading;
use super::distinct::Distinct;
use super::hits::Hit;
use super::score::History;
use crate::base::client_id::NetworkId;
use crate::base::clock::{HOUR, Timestamp, days};
use crate::base::limits;

/// How long a destination may be the first visit's own.
pub(super) const OWN_FOR: Duration = HOUR;

/// A network that was the first to name more destinations than this makes none of them known: else one network could name a
/// thief's hosts before his victims do. It is the number from which on new destinations are a flood.
pub(super) const NAMED_BY_ONE: usize = 20;

/// How long each of two periods of the past is.
const PERIOD: Duration = days(14);

/// The visits of a page group that brought a destination of their own.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Scattered {
    /// The latest, the oldest first.
    visits: VecDeque<ScatteredVisit>,
    /// This period and the one before, the latter first.
    past: VecDeque<Period>,
    episode: Episode,
    /// What gives the present alert its name.
    pub(super) leader: Option<Box<str>>,
}

/// A visit that brought a destination of its own.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ScatteredVisit {
    pub(super) hit: Hit,
    pub(super) destination: Box<str>,
    /// Whether what the visitors are counted by has the visit, too.
    pub(super) is_counted: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct Period {
    began: Timestamp,
    /// The counters of the page group's visitors when it began.
    reading: Reading,
    /// Whose visits brought a destination of their own.
    networks: Distinct,
}

impl Scattered {
    /// Notes a visit's destination. Returns whether the visit is new.
    pub(super) fn note(&mut self, visit: ScatteredVisit) -> bool {
        let ScatteredVisit { hit, destination, is_counted } = &visit;
        let is_known = |known: &ScatteredVisit| {
            let is_same = known.hit.network == hit.network && hit.at.is_within(HOUR, known.hit.at);
            is_same || known.destination == *destination
        };
        if self.visits.iter().any(is_known) {
            return false;
        }
        self.begin_period(hit);
        if *is_counted {
            self.learn(hit.network);
        }
        if self.visits.len() >= limits::HITS_PER_DESTINATION {
            self.visits.pop_front();
        }
        self.visits.push_back(visit);
        true
    }

    /// Notes that a network's visit was counted, which may arrive later than its other reports. Returns whether that is news.
    pub(super) fn count(&mut self, network: NetworkId, now: Timestamp) -> bool {
        let is_its = |visit: &&mut ScatteredVisit| {
            visit.hit.network == network && !visit.is_counted && now.is_within(HOUR, visit.hit.at)
        };
        let Some(visit) = self.visits.iter_mut().rev().find(is_its) else { return false };
        visit.is_counted = true;
        self.learn(network);
        true
    }

    /// The visits, the oldest first.
    pub(super) fn visits(&self) -> impl Iterator<Item = &ScatteredVisit> {
        self.visits.iter()
    }

    /// How many there were in the last weeks.
    pub(super) fn history(&self) -> Option<History> {
        let networks = self.past.iter().map(|period| period.networks.count()).sum();
        Some(History { first: self.past.front()?.reading, networks, credible: networks })
    }

    /// Goes on with an alert. After a quiet day it is another one, of the visits since.
    pub(super) fn renew_alert(&mut self, now: Timestamp) {
        if self.episode.renew(now) {
            self.visits.retain(|visit| now.is_within(QUIET, visit.hit.at));
            self.leader = None;
        }
    }

    fn begin_period(&mut self, hit: &Hit) {
        if self.past.back().is_none_or(|period| !hit.at.is_within(PERIOD, period.began)) {
            let networks = Distinct::default();
            self.past.push_back(Period { began: hit.at, reading: hit.reading, networks });
            if self.past.len() > 2 {
                self.past.pop_front();
            }
        }
    }

    fn learn(&mut self, network: NetworkId) {
        if let Some(period) = self.past.back_mut() {
            period.networks.add(u64::from(network.0));
        }
    }
}
