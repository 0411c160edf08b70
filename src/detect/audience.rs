//! How many visitors a page group has: what the reports of a destination are compared with.
//!
//! Chromium and WebKit report the hash of every script that a page loads, if the policy asks for it
//! (`'report-sha256'`). So these reports are a census: one network an hour is one visit. Without it, the networks that report
//! anything at all are the least that there can be.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::client_id::NetworkId;
use crate::base::clock::{DAY, HOUR, Timestamp};
use crate::base::collections::HashMap;
use crate::base::limits;

/// How long the reports of one page view may arrive after each other: Chromium sends those of the Reporting API once a
/// minute, others at once. So the visits are counted up to then, and a visitor's reports never come before the visit.
pub(super) const LAG: Duration = Duration::from_secs(150);

/// The visits are remembered in steps of this length as long as they are within [`LAG`].
const STEP: Duration = Duration::from_secs(10);

/// The visits of a page group.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Audience {
    /// Visits by the reports of hashes.
    census: VisitCount,
    /// Visits by reports of any kind.
    reporters: VisitCount,
}

/// What the counters of a page group read at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Reading {
    census: u32,
    reporters: u32,
}

/// What a number of visitors was counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CountedBy {
    /// All visitors: each of them reports hashes.
    Census,
    /// The visitors who reported anything.
    Reports,
}

impl CountedBy {
    /// How many visits there were between two readings.
    pub(super) fn visits(self, from: Reading, to: Reading) -> u32 {
        match self {
            Self::Census => to.census.saturating_sub(from.census),
            Self::Reports => to.reporters.saturating_sub(from.reporters),
        }
    }
}

impl Audience {
    /// Counts a report. `is_census`: browsers send it with every page view.
    pub(super) fn record(&mut self, network: NetworkId, is_census: bool, now: Timestamp) {
        self.reporters.record(network, now);
        if is_census {
            self.census.record(network, now);
        }
    }

    /// The counters as they were before the reports of the present page views.
    pub(super) fn reading(&self, now: Timestamp) -> Reading {
        Reading { census: self.census.before(now), reporters: self.reporters.before(now) }
    }

    /// What the visitors are counted by: a census that has news of the last day.
    pub(super) fn counted_by(&self, now: Timestamp) -> CountedBy {
        if self.census.last.is_some_and(|last| now.is_within(DAY, last)) {
            CountedBy::Census
        } else {
            CountedBy::Reports
        }
    }

    /// Whether a network took part in the census within the hour.
    pub(super) fn is_counted(&self, network: NetworkId, now: Timestamp) -> bool {
        // A sample says nothing of those who are not in it.
        self.census.shift > 0
            || self.census.counted.get(&network).is_some_and(|at| now.is_within(2 * HOUR, *at))
    }
}

/// Counts networks, each once an hour.
///
/// When there are more than it can remember, it counts a sample: every second, fourth, eighth network, for two, four, eight
/// each. A network's id is a keyed hash, so nobody chooses whether it is in the sample.
#[derive(Debug, Default, Serialize, Deserialize)]
struct VisitCount {
    total: u32,
    last: Option<Timestamp>,
    /// When each network was counted, within two hours.
    counted: HashMap<NetworkId, Timestamp>,
    /// One network of 2 to the power of this many is in the sample.
    shift: u32,
    /// What the total was at the beginning of each of the last steps.
    steps: VecDeque<(Timestamp, u32)>,
    cleaned: Option<Timestamp>,
}

impl VisitCount {
    fn record(&mut self, network: NetworkId, now: Timestamp) {
        self.step(now);
        self.last = self.last.max(Some(now));
        if self.cleaned.is_none_or(|at| !now.is_within(HOUR, at)) {
            self.clean(now);
        }
        if network.0.trailing_zeros() < self.shift {
            return;
        }
        if self.counted.get(&network).is_some_and(|at| now.is_within(HOUR, *at)) {
            return;
        }
        if self.counted.len() >= limits::NETWORKS_PER_HOUR && !self.counted.contains_key(&network) {
            self.clean(now);
            while self.counted.len() >= limits::NETWORKS_PER_HOUR {
                self.shift += 1;
                let shift = self.shift;
                self.counted.retain(|known, _| known.0.trailing_zeros() >= shift);
            }
            if network.0.trailing_zeros() < self.shift {
                return;
            }
        }
        self.counted.insert(network, now);
        self.total = self.total.saturating_add(1 << self.shift);
    }

    /// Forgets the networks of earlier hours, and widens the sample again when there is room.
    fn clean(&mut self, now: Timestamp) {
        self.cleaned = Some(now);
        self.counted.retain(|_, at| now.is_within(2 * HOUR, *at));
        if self.counted.len() < limits::NETWORKS_PER_HOUR / 4 {
            self.shift = self.shift.saturating_sub(1);
        }
    }

    /// Notes the total at the beginning of a step, as long as that matters.
    fn step(&mut self, now: Timestamp) {
        let step = now.floor(STEP);
        if self.steps.back().is_none_or(|(at, _)| *at < step) {
            self.steps.push_back((step, self.total));
        }
        while self.steps.front().is_some_and(|(at, _)| !now.is_within(LAG, *at)) {
            self.steps.pop_front();
        }
    }

    /// The total [`LAG`] ago, to a step.
    fn before(&self, now: Timestamp) -> u32 {
        let later = self.steps.iter().find(|(at, _)| now.is_within(LAG, *at));
        later.map_or(self.total, |(_, total)| *total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn visits_since(audience: &Audience, start: Reading, now: Timestamp) -> (u32, CountedBy) {
        let counted_by = audience.counted_by(now);
        (counted_by.visits(start, audience.reading(now)), counted_by)
    }

    #[test]
    fn a_network_is_one_visit_an_hour_and_counts_after_the_lag() {
        let mut audience = Audience::default();
        let start = audience.reading(NOW);
        for network in [1, 2, 1, 1] {
            audience.record(NetworkId(network), true, NOW);
        }
        assert_eq!(visits_since(&audience, start, NOW), (0, CountedBy::Census));
        assert_eq!(visits_since(&audience, start, NOW + LAG), (2, CountedBy::Census));
        audience.record(NetworkId(1), true, NOW + HOUR);
        assert_eq!(visits_since(&audience, start, NOW + HOUR + LAG), (3, CountedBy::Census));
    }

    #[test]
    fn reports_count_where_there_is_no_census() {
        let mut audience = Audience::default();
        let start = audience.reading(NOW);
        audience.record(NetworkId(1), false, NOW);
        assert_eq!(visits_since(&audience, start, NOW + LAG), (1, CountedBy::Reports));
        audience.record(NetworkId(2), true, NOW);
        assert_eq!(visits_since(&audience, start, NOW + LAG), (1, CountedBy::Census));
        assert_eq!(visits_since(&audience, start, NOW + DAY), (2, CountedBy::Reports));
    }

    #[test]
    fn many_networks_are_counted_by_a_sample() {
        let mut audience = Audience::default();
        let start = audience.reading(NOW);
        let networks = 20 * u32::try_from(limits::NETWORKS_PER_HOUR).expect("few");
        for index in 0..networks {
            let network = NetworkId(index.wrapping_mul(0x9E37_79B9).reverse_bits());
            audience.record(network, true, NOW + Duration::from_millis(u64::from(index)));
        }
        assert!(audience.census.counted.len() <= limits::NETWORKS_PER_HOUR);
        let (visits, _) = visits_since(&audience, start, NOW + HOUR);
        assert!(visits.abs_diff(networks) * 10 < networks, "{visits} of {networks}");
    }
}
