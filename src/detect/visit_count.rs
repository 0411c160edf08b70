//! How many visits there were, by the networks that report.

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

/// Counts networks, each once an hour.
///
/// When there are more than it can remember, it counts a sample: every second, fourth, eighth network, for two, four, eight
/// each. A network's id is a keyed hash, so nobody chooses whether it is in the sample.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct VisitCount {
    pub(super) total: u32,
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
    /// Counts a report of a network. `weight`: how many visits one that is counted stands for.
    pub(super) fn record(&mut self, network: NetworkId, weight: u32, now: Timestamp) {
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
        self.total = self.total.saturating_add(weight << self.shift);
    }

    /// Whether anybody was counted within a day.
    pub(super) fn has_news(&self, now: Timestamp) -> bool {
        self.last.is_some_and(|last| now.is_within(DAY, last))
    }

    /// Whether a network was counted within two hours; `None`: a sample says nothing of those who are not in it.
    pub(super) fn has(&self, network: NetworkId, now: Timestamp) -> Option<bool> {
        let counted = self.counted.get(&network);
        (self.shift == 0).then(|| counted.is_some_and(|at| now.is_within(2 * HOUR, *at)))
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
    pub(super) fn before(&self, now: Timestamp) -> u32 {
        let later = self.steps.iter().find(|(at, _)| now.is_within(LAG, *at));
        later.map_or(self.total, |(_, total)| *total)
    }
}
