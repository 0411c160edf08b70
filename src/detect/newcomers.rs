//! The networks that report and did not lately, and when too few of them come for it to be chance. Where the policy of a page is
//! gone, no visitor reports any more; but whoever removed it may go on to report, and so does a monitor that still gets the
//! policy. These are the same few networks again and again, while every visitor is another.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::report_rate::ReportRate;
use crate::base::client_id::NetworkId;
use crate::base::clock::{DAY, Timestamp};
use crate::base::collections::HashSet;
use crate::base::limits;

/// One newcomer of so many that are due may come, and it is a silence all the same. More are left where a sale or a holiday ends:
/// a tenth of the visitors is possible on such a day.
const ONE_OF: f64 = 20.0;

/// The newcomers of one page group.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Newcomers {
    /// The networks that reported lately, in two generations.
    recent: [HashSet<NetworkId>; 2],
    /// When the younger of them began.
    began: Timestamp,
    /// How many newcomers there usually are.
    pub(super) rate: ReportRate,
    /// When the latest newcomers came, the oldest first.
    latest: VecDeque<Timestamp>,
    /// When the silence began that has an alert.
    silent_since: Option<Timestamp>,
    /// The lack that is the first to be no chance, and whether it is to be looked for again.
    lack: Option<Lack>,
    is_stale: bool,
}

/// A time in which so few newcomers came that it is no chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Lack {
    /// When it begins.
    pub(super) since: Timestamp,
    /// How many came in it.
    pub(super) came: usize,
    /// From when on it is no chance, if no more come.
    pub(super) deadline: Timestamp,
}

impl Newcomers {
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            recent: Default::default(),
            began: now,
            rate: ReportRate::new(now),
            latest: VecDeque::new(),
            silent_since: None,
            lack: None,
            is_stale: false,
        }
    }

    /// Counts a report of a network, if the network is a newcomer.
    pub(super) fn record(&mut self, network: NetworkId, now: Timestamp) {
        if !self.is_newcomer(network, now) {
            return;
        }
        if let Some(since) = self.silent_since.take() {
            self.rate.end_silence(since, now);
            // What was said is not said again of the same time.
            self.latest.clear();
        }
        self.rate.record(network, now);
        if self.latest.len() >= limits::NEWCOMERS_TIMED {
            self.latest.pop_front();
        }
        self.latest.push_back(now);
        self.is_stale = true;
    }

    /// Looks for the lack that is the first to be no chance. That takes longer than a report may, so it is for those who ask
    /// every few seconds.
    pub(super) fn find_lack(&mut self) -> Option<Lack> {
        if std::mem::take(&mut self.is_stale) {
            self.lack = self.first_lack();
        }
        self.lack
    }

    /// What [`Self::find_lack`] found.
    pub(super) fn lack(&self) -> Option<Lack> {
        self.lack
    }

    /// Notes that a lack has an alert.
    pub(super) fn set_reported(&mut self, lack: Lack) {
        self.silent_since.get_or_insert(lack.since);
        self.rate.is_silence_reported = true;
    }

    /// Whether a lack has an alert, and no newcomer came since.
    pub(super) fn is_reported(&self) -> bool {
        self.silent_since.is_some()
    }

    /// Each of the latest newcomers begins a time in which those after it came.
    fn first_lack(&self) -> Option<Lack> {
        let (enough, least) = (self.rate.enough(), self.rate.least_silence());
        let lacks = self.latest.iter().rev().enumerate().filter_map(|(came, since)| {
            let due = self.rate.due_at(*since, due_for(came, enough))?;
            Some(Lack { since: *since, came, deadline: due.max(*since + least) })
        });
        lacks.min_by_key(|lack| lack.deadline)
    }

    /// Whether a network did not report lately: within a day or two, or since thousands of others did.
    fn is_newcomer(&mut self, network: NetworkId, now: Timestamp) -> bool {
        let is_full = self.recent[0].len() >= limits::NETWORKS_PER_HOUR;
        if is_full || !now.is_within(DAY, self.began) {
            self.recent.swap(0, 1);
            self.recent[0].clear();
            if !now.is_within(2 * DAY, self.began) {
                self.recent[1].clear();
            }
            self.began = now;
        }
        let is_known = self.recent[1].contains(&network);
        self.recent[0].insert(network) && !is_known
    }
}

/// How many newcomers must be due for so few of them to be no chance: none of n comes by chance once in e^n times, and k or fewer
/// as often as Poisson's distribution has it. That k may be any number makes chance likelier: each k has its part of it,
/// 1 / ((k + 1) (k + 2)).
#[allow(clippy::cast_precision_loss, reason = "at most the limit of newcomers")]
fn due_for(came: usize, enough: f64) -> f64 {
    let k = came as f64;
    let enough = enough + ((k + 1.0) * (k + 2.0)).ln();
    // P(at most k of n) is e^-n times the sum of n^i / i! for i up to k.
    let sum = |due: f64| {
        let terms = (1..=came).scan(1.0, |term, index| {
            *term *= due / index as f64;
            Some(*term)
        });
        1.0 + terms.sum::<f64>()
    };
    let least = ONE_OF * k;
    if least - sum(least).ln() >= enough {
        return least;
    }
    // n = enough + ln(sum(n)) grows slowly on the right, so that this converges.
    (0..50).fold(enough, |due, _| enough + sum(due).ln()).max(least)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::base::clock::{HOUR, MINUTE, days};

    const START: i64 = 20_000;
    /// When the policy is removed: at ten.
    const REMOVED: Duration = Duration::from_hours(8 * 24 + 10);

    fn at(after: Duration) -> Timestamp {
        Timestamp::from_day(START) + after
    }

    /// Twelve visitors an hour by day, for eight days and until ten; each is another network, if they are `visitors`.
    fn shop(visitors: bool) -> Newcomers {
        let mut newcomers = Newcomers::new(at(Duration::ZERO));
        for slot in 0..12 * (8 * 24 + 10) {
            let after = slot * 5 * MINUTE;
            if (slot / 12 % 24) >= 8 {
                let network = if visitors { slot } else { slot % 12 };
                newcomers.record(NetworkId(network), at(after));
            }
        }
        newcomers
    }

    /// After how many minutes the lack of newcomers is noticed where reports go on for half a day: of `networks` networks in turn,
    /// one every so often.
    fn noticed(newcomers: &mut Newcomers, networks: u32, every: Duration) -> Option<u64> {
        let mut reports = 0_u32;
        for minute in 0..12 * 60 {
            let now = at(REMOVED + minute * MINUTE);
            if newcomers.find_lack().is_some_and(|lack| lack.deadline < now) {
                return Some(u64::from(minute));
            }
            if now.since(at(REMOVED)) >= every * reports {
                newcomers.record(NetworkId(1_000_000 + reports % networks), now);
                reports += 1;
            }
        }
        None
    }

    #[test]
    fn the_same_few_networks_hide_no_silence() {
        for networks in [1, 2, 4] {
            for every in [MINUTE, 10 * MINUTE, HOUR] {
                let minutes = noticed(&mut shop(true), networks, every);
                let most = if networks == 1 { 120 } else { 11 * 60 };
                assert!(
                    minutes.is_some_and(|minutes| (30..most).contains(&minutes)),
                    "{networks} networks, one in {every:?}: {minutes:?}"
                );
            }
        }
    }

    #[test]
    fn a_new_network_every_few_hours_hides_no_silence() {
        let minutes = noticed(&mut shop(true), 1_000, 3 * HOUR);
        assert!(minutes.is_some_and(|minutes| minutes < 180), "{minutes:?}");
    }

    #[test]
    fn a_third_of_the_visitors_is_no_silence() {
        assert_eq!(noticed(&mut shop(true), 1_000, 15 * MINUTE), None);
    }

    #[test]
    fn where_always_the_same_networks_report_nothing_is_due() {
        assert_eq!(noticed(&mut shop(false), 1, 10 * MINUTE), None);
    }

    #[test]
    fn a_silence_with_an_alert_is_over_with_the_next_visitor_and_the_next_must_be_longer() {
        let mut newcomers = shop(true);
        let minutes = noticed(&mut newcomers, 1, 10 * MINUTE).expect("it is noticed");
        let lack = newcomers.find_lack().expect("it is known");
        newcomers.set_reported(lack);
        let back = at(REMOVED) + Duration::from_secs(60 * minutes) + 10 * MINUTE;
        newcomers.record(NetworkId(1_000_001), back);
        let next = newcomers.find_lack().expect("it is known");
        assert!(!newcomers.is_reported());
        assert!(next.deadline.since(next.since) >= 4 * back.since(lack.since), "{next:?}");
    }

    #[test]
    fn a_full_memory_is_bounded_and_knows_the_latest() {
        let mut newcomers = Newcomers::new(at(Duration::ZERO));
        let most = u32::try_from(limits::NETWORKS_PER_HOUR).expect("few");
        for network in 0..10 * most {
            assert!(newcomers.is_newcomer(NetworkId(network), at(MINUTE)));
            assert!(!newcomers.is_newcomer(NetworkId(network), at(MINUTE)));
        }
        assert!(newcomers.recent.iter().all(|networks| networks.len() <= most as usize));
        assert!(!newcomers.is_newcomer(NetworkId(9 * most + 1), at(2 * MINUTE)));
        assert!(newcomers.is_newcomer(NetworkId(9 * most + 1), at(days(3))));
    }

    #[test]
    fn how_many_must_be_due_can_be_computed_by_hand() {
        let none = due_for(0, 8.0);
        assert!((none - (8.0 + 2.0_f64.ln())).abs() < 1e-9, "{none}");
        // One of twenty is the stricter demand.
        assert!((due_for(1, 8.0) - 20.0).abs() < 1e-9);
        // e^-n (1 + n) = e^-30 / 6
        let one = due_for(1, 30.0);
        assert!((one - (1.0 + one).ln() - (30.0 + 6.0_f64.ln())).abs() < 1e-6, "{one}");
    }
}
