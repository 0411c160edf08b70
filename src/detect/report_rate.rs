//! How often a page group reports, by the hour of the day, and when its silence is too long to be chance. An attacker who
//! edits a page on the server can remove its policy; then the only sign left is that no reports come.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::client_id::NetworkId;
use crate::base::clock::{DAY, HOUR, Timestamp, days};
use crate::base::collections::HashSet;
use crate::base::limits;

/// How long a page group must have reported before silence means anything.
const LEARN: Duration = days(5);

/// Every report begins a silence that may be taken for a long one, so a busy page group needs a higher bar than a quiet one. By
/// chance, none of n networks that are due reports once in e^n times: with n = ln(reports in a quarter), one silence of a
/// quarter is a false alarm. What is due is taken from the quieter days, so that it is fewer.
const QUARTER: f64 = 90.0;

/// So many must be due on the quietest pages, too: their days differ most.
const LEAST_DUE: f64 = 8.0;

/// No shorter silence counts: proxies and deployments may interrupt reports for minutes.
const LEAST_SILENCE: Duration = Duration::from_mins(30);

/// A silence within a day of another one must be so many times longer to be an alert of its own: then fewer visitors come than
/// before. A policy that is gone stays silent for as long as it takes.
const LONGER: u32 = 4;

/// The usual count of an hour is taken from this many days.
const DAYS: usize = 7;

/// The median: one day of a flood or a sale does not matter.
const MEDIAN_DAY: (usize, usize) = (1, 2);

/// The third lowest of seven days: weekends are quieter than other days.
const QUIET_DAY: (usize, usize) = (1, 3);

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
    /// Their medians, which every report of an unknown destination asks for.
    medians: [f64; 24],
    /// An alert about the silence was due, and no report came since.
    pub(super) is_silence_reported: bool,
    /// The latest silence with an alert that ended: when, and how long it was.
    past_silence: Option<(Timestamp, Duration)>,
}

impl ReportRate {
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            first: now,
            last: now,
            hour: now.hour(),
            networks: HashSet::default(),
            counts: Default::default(),
            medians: [0.0; 24],
            is_silence_reported: false,
            past_silence: None,
        }
    }

    /// Counts a report.
    pub(super) fn record(&mut self, network: NetworkId, now: Timestamp) {
        self.close_hours(now);
        if self.is_silence_reported {
            self.end_silence(self.last, now);
        }
        self.last = self.last.max(now);
        if self.networks.len() < limits::NETWORKS_PER_HOUR {
            self.networks.insert(network);
        }
    }

    /// Notes that a silence with an alert, which began then, is over.
    pub(super) fn end_silence(&mut self, began: Timestamp, now: Timestamp) {
        self.past_silence = Some((now, now.since(began)));
        self.is_silence_reported = false;
    }

    /// Closes the hours that are over. The hours of a silence with an alert are not part of what is usual.
    fn close_hours(&mut self, now: Timestamp) {
        let present = now.hour();
        if present <= self.hour {
            return;
        }
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
            self.medians[of_day(hour)] = self.usual(hour, MEDIAN_DAY);
        }
        self.hour = present;
    }

    /// When the silence since the last report is too long to be chance; `None`: not known yet, or too far ahead.
    pub(super) fn silence_deadline(&self) -> Option<Timestamp> {
        let deadline = self.due_at(self.last, self.enough())?;
        Some(deadline.max(self.last + self.least_silence()))
    }

    /// When so many networks are due after a time; `None`: not known yet, or too far ahead.
    pub(super) fn due_at(&self, from: Timestamp, enough: f64) -> Option<Timestamp> {
        if self.last.is_within(LEARN, self.first) {
            return None;
        }
        let (mut expected, mut at, present) = (0.0, from, from.hour());
        for hour in present..present + HOURS_AHEAD {
            let end = Timestamp::from_hour(hour + 1);
            let usual = self.usual(hour, QUIET_DAY);
            #[allow(clippy::cast_precision_loss, reason = "less than an hour")]
            let share = end.since(at).as_millis() as f64 / HOUR.as_millis() as f64;
            if expected + usual * share >= enough {
                #[allow(
                    clippy::cast_possible_truncation,
                    clippy::cast_precision_loss,
                    clippy::cast_sign_loss,
                    reason = "less than an hour"
                )]
                let rest = ((enough - expected) / usual * HOUR.as_millis() as f64) as u64;
                return Some(at + Duration::from_millis(rest));
            }
            expected += usual * share;
            at = end;
        }
        None
    }

    /// How long a silence must be at the least.
    pub(super) fn least_silence(&self) -> Duration {
        match self.past_silence {
            Some((ended, length)) if self.last.is_within(DAY, ended) => LONGER * length,
            _ => LEAST_SILENCE,
        }
    }

    /// How many networks must be due for a silence to be no chance.
    pub(super) fn enough(&self) -> f64 {
        let a_day: f64 = self.medians.iter().sum();
        (QUARTER * a_day).max(1.0).ln().max(LEAST_DUE)
    }

    /// The hour's count on one of the latest days: that of which this share is lower.
    fn usual(&self, hour: i64, (above, of): (usize, usize)) -> f64 {
        let mut counts: Vec<u16> = self.counts[of_day(hour)].iter().copied().collect();
        counts.sort_unstable();
        counts.get(counts.len() * above / of).copied().map_or(0.0, f64::from)
    }

    /// When the last report arrived.
    pub(super) fn last(&self) -> Timestamp {
        self.last
    }

    /// How many networks usually report in each hour of the day; `None`: not known yet.
    pub(super) fn usual_day(&self) -> Option<&[f64; 24]> {
        (!self.last.is_within(LEARN, self.first)).then_some(&self.medians)
    }
}

/// How many networks usually report between two times, by the hours of a day.
pub(super) fn usual_between(day: &[f64; 24], from: Timestamp, to: Timestamp) -> f64 {
    let hours = to.since(from).as_secs_f64() / HOUR.as_secs_f64();
    let (days, rest) = ((hours / 24.0).floor(), hours % 24.0);
    let mut usual = days * day.iter().sum::<f64>();
    let (mut left, mut hour) = (rest, from.hour());
    // The first hour and the last are parts of hours.
    let mut part = 1.0 - from.since(from.floor(HOUR)).as_secs_f64() / HOUR.as_secs_f64();
    while left > 0.0 {
        usual += day[of_day(hour)] * part.min(left);
        (left, hour, part) = (left - part, hour + 1, 1.0);
    }
    usual
}

fn of_day(hour: i64) -> usize {
    usize::try_from(hour.rem_euclid(24)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

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
