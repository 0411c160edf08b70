//! How often a page group reports, by the hour of the day, and when its silence is too long to be chance. An attacker who
//! edits a page on the server can remove its policy; then the only sign left is that no reports come.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::alert::{Episode, QUIET};
use crate::base::client_id::NetworkId;
use crate::base::clock::{HOUR, Timestamp, days};
use crate::base::collections::{HashMap, HashSet};
use crate::base::limits;

/// How long a page group must have reported before silence means anything.
const LEARN: Duration = days(5);

/// Silence is no chance any more when this many networks were due since the last report. By chance, none of them reports
/// once in e^8 = 3,000 times.
const EXPECTED: f64 = 8.0;

/// The usual count of an hour is the median of this many days, so that one day of a flood or a sale does not matter.
const DAYS: usize = 7;

/// How many hours ahead a deadline may be. A page group that reports too rarely for that has none.
const HOURS_AHEAD: i64 = 14 * 24;

/// The rate of reports of one page group.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ReportRate {
    first: Timestamp,
    last: Timestamp,
    /// The hour that is counted now, in hours since 1970.
    hour: i64,
    /// The networks that reported in this hour.
    networks: HashSet<NetworkId>,
    /// How many networks reported, by the hour of the day, on the latest days.
    counts: [VecDeque<u16>; 24],
    /// When each network last reported, within a day.
    recent: HashMap<NetworkId, Timestamp>,
    /// An alert about the silence was due, and no report came since.
    pub(super) is_silence_reported: bool,
    pub(super) silence: Episode,
}

impl ReportRate {
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            first: now,
            last: now,
            hour: now.hour(),
            networks: HashSet::default(),
            counts: Default::default(),
            recent: HashMap::default(),
            is_silence_reported: false,
            silence: Episode::default(),
        }
    }

    /// Counts a report.
    pub(super) fn record(&mut self, network: NetworkId, now: Timestamp) {
        self.close_hours(now);
        self.last = self.last.max(now);
        self.is_silence_reported = false;
        if self.networks.len() < limits::NETWORKS_PER_HOUR {
            self.networks.insert(network);
        }
        if self.recent.len() < limits::NETWORKS_PER_HOUR || self.recent.contains_key(&network) {
            self.recent.insert(network, now);
        }
    }

    /// Closes the hours that are over. The hours of a silence with an alert are not part of what is usual.
    fn close_hours(&mut self, now: Timestamp) {
        let present = now.hour();
        if present <= self.hour {
            return;
        }
        self.recent.retain(|_, last| now.is_within(QUIET, *last));
        let mut count = u16::try_from(self.networks.len()).unwrap_or(u16::MAX);
        self.networks.clear();
        if self.is_silence_reported {
            self.hour = present;
            return;
        }
        for hour in self.hour.max(present - HOURS_AHEAD)..present {
            let counts = &mut self.counts[of_day(hour)];
            if counts.len() >= DAYS {
                counts.pop_front();
            }
            counts.push_back(count);
            count = 0;
        }
        self.hour = present;
    }

    /// When the silence since the last report is too long to be chance; `None`: not known yet, or too far ahead.
    pub(super) fn silence_deadline(&self) -> Option<Timestamp> {
        if self.last.is_within(LEARN, self.first) {
            return None;
        }
        let mut expected = 0.0;
        let mut at = self.last;
        let present = self.last.hour();
        for hour in present..present + HOURS_AHEAD {
            let end = Timestamp::from_hour(hour + 1);
            let usual = self.usual(hour);
            #[allow(clippy::cast_precision_loss, reason = "less than an hour")]
            let share = end.since(at).as_millis() as f64 / HOUR.as_millis() as f64;
            if expected + usual * share >= EXPECTED {
                #[allow(
                    clippy::cast_possible_truncation,
                    clippy::cast_precision_loss,
                    clippy::cast_sign_loss,
                    reason = "less than an hour"
                )]
                let rest = ((EXPECTED - expected) / usual * HOUR.as_millis() as f64) as u64;
                return Some(at + Duration::from_millis(rest));
            }
            expected += usual * share;
            at = end;
        }
        None
    }

    /// The median of the hour's counts on the latest days.
    fn usual(&self, hour: i64) -> f64 {
        let mut counts: Vec<u16> = self.counts[of_day(hour)].iter().copied().collect();
        counts.sort_unstable();
        counts.get(counts.len() / 2).copied().map_or(0.0, f64::from)
    }

    /// When the last report arrived.
    pub(super) fn last(&self) -> Timestamp {
        self.last
    }

    /// How many networks have reported since then, as far as they are remembered.
    pub(super) fn networks_since(&self, since: Timestamp) -> usize {
        self.recent.values().filter(|last| **last >= since).count()
    }
}

fn of_day(hour: i64) -> usize {
    usize::try_from(hour.rem_euclid(24)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::clock::DAY;

    const START: i64 = 20_000;

    /// So many days after the start.
    fn at(day: i64) -> Timestamp {
        Timestamp::from_day(START + day)
    }

    /// Six networks an hour between 8 and 20, for so many days.
    fn shop(days: i64) -> ReportRate {
        let mut rate = ReportRate::new(at(0));
        for day in 0..days {
            for slot in 0..72 {
                let at = at(day) + 8 * HOUR + slot * Duration::from_mins(10);
                rate.record(NetworkId(slot), at);
            }
        }
        rate
    }

    /// The deadline, in minutes of the day.
    fn silence_deadline(rate: &ReportRate) -> Option<u64> {
        let deadline = rate.silence_deadline()?;
        Some(deadline.since(deadline.floor(DAY)).as_secs() / 60)
    }

    #[test]
    fn silence_by_day_is_noticed_within_hours_and_by_night_in_the_morning() {
        let mut rate = shop(8);
        // The last report came at 19:50; the next are due at 8.
        let minutes = silence_deadline(&rate).expect("it is known");
        assert!((9 * 60..10 * 60).contains(&minutes), "{minutes}");
        rate.record(NetworkId(1), at(8) + 12 * HOUR);
        let minutes = silence_deadline(&rate).expect("it is known");
        assert!((13 * 60..14 * 60).contains(&minutes), "{minutes}");
    }

    #[test]
    fn a_page_group_that_is_new_has_no_deadline_and_a_rare_one_a_late_one() {
        assert_eq!(silence_deadline(&shop(4)), None);
        let mut rate = ReportRate::new(at(0));
        for day in 0..20 {
            rate.record(NetworkId(1), at(day));
        }
        let ends = rate.silence_deadline().expect("in eight days");
        assert!(ends.since(rate.last()) > days(7));
    }
}
