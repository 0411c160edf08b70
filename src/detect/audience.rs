//! How many visitors a page group has: what the reports of a destination are compared with.
//!
//! Chromium and WebKit report the hash of every script that a page loads, if the policy asks for it (`'report-sha256'`), and
//! the client script counts page views, or a sample of them, in all browsers (`data-census`). Each is a census: one network an
//! hour is one visit. Without them, the networks that report anything at all are the least that there can be.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::report_rate::{ReportRate, usual_between};
use super::sample::Sample;
use super::visit_count::VisitCount;
use crate::base::client_id::NetworkId;
use crate::base::clock::{DAY, Timestamp};
use crate::report::OneOf;

/// The visits of a page group.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Audience {
    /// Visits by the reports of hashes.
    hashes: VisitCount,
    /// Visits by the client script's census.
    views: VisitCount,
    sample: Sample,
    /// How many networks take part in it, by the hour.
    view_rate: Option<ReportRate>,
    /// Visits by reports of any kind.
    reporters: VisitCount,
    /// Those of whom a report was not sent as the browser that it names sends reports.
    odd: VisitCount,
    /// What the counters read at the beginning of this day and of the day before.
    days: VecDeque<(Timestamp, Reading)>,
}

/// What the counters of a page group read at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Reading {
    hashes: u32,
    views: u32,
    reporters: u32,
    odd: u32,
}

/// What a report counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counts {
    /// Browsers send it with every page view.
    Hash,
    /// The client script sends it with one of so many page views.
    View(OneOf),
    /// It says no more than that somebody is there.
    Report,
}

/// What a number of visitors was counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CountedBy {
    /// All visitors: each of them reports hashes.
    Hashes,
    /// All visitors, or one of so many page views: the client script counts them.
    Views(u32),
    /// The visitors who reported anything.
    Reports,
}

impl CountedBy {
    /// How many visits there were between two readings.
    pub(super) fn visits(self, from: Reading, to: Reading) -> u32 {
        match self {
            Self::Hashes => to.hashes.saturating_sub(from.hashes),
            Self::Views(_) => to.views.saturating_sub(from.views),
            Self::Reports => to.reporters.saturating_sub(from.reporters),
        }
    }

    /// How many more visits there probably were than were counted: between two views of a sample lie others. With a sample of
    /// one in ten, and nothing known before, no view means nine visits.
    pub(super) fn uncounted(self) -> u32 {
        match self {
            Self::Views(one_of) => one_of - 1,
            Self::Hashes | Self::Reports => 0,
        }
    }

    /// Whether all visitors were counted, or a sample of all.
    pub(super) fn is_census(self) -> bool {
        self != Self::Reports
    }
}

impl Audience {
    /// Counts a report. `is_odd`: it was not sent as the browser that it names sends reports.
    pub(super) fn record(
        &mut self,
        network: NetworkId,
        (counts, is_odd): (Counts, bool),
        now: Timestamp,
    ) {
        self.begin_day(now);
        if is_odd {
            self.odd.record(network, 1, now);
        }
        match counts {
            Counts::Hash => self.hashes.record(network, 1, now),
            Counts::View(one_of) => {
                self.sample.note(network, one_of);
                self.views.record(network, self.sample.one_of(), now);
                let rate = self.view_rate.get_or_insert_with(|| ReportRate::new(now));
                return rate.record(network, now);
            }
            Counts::Report => {}
        }
        self.reporters.record(network, 1, now);
    }

    /// The counters as they were before the reports of the present page views.
    pub(super) fn reading(&self, now: Timestamp) -> Reading {
        Reading {
            hashes: self.hashes.before(now),
            views: self.views.before(now),
            reporters: self.reporters.before(now),
            odd: self.odd.before(now),
        }
    }

    /// What the visitors are counted by: a census that has news of the last day, the one by hashes first.
    pub(super) fn counted_by(&self, now: Timestamp) -> CountedBy {
        if self.hashes.has_news(now) && self.is_of_most(CountedBy::Hashes) {
            return CountedBy::Hashes;
        }
        if !self.views.has_news(now) {
            return CountedBy::Reports;
        }
        let views = CountedBy::Views(self.sample.one_of());
        if self.is_of_most(views) { views } else { CountedBy::Reports }
    }

    /// Whether any visitors took part in a census within a day, few or many: a flood of others' reports must not make those who
    /// did look as if they had not.
    pub(super) fn has_census(&self, now: Timestamp) -> bool {
        self.hashes.has_news(now) || self.views.has_news(now)
    }

    /// Whether a network took part in a census within the hour.
    pub(super) fn is_counted(&self, network: NetworkId, now: Timestamp) -> bool {
        self.hashes.has(network, now) != Some(false) || self.views.has(network, now) == Some(true)
    }

    /// How many visits the census of the client script usually counts between two times; `None`: not known yet.
    pub(super) fn usual_views(&self, from: Timestamp, now: Timestamp) -> Option<f64> {
        let day = self.view_rate.as_ref()?.usual_day()?;
        Some(f64::from(self.sample.one_of()) * usual_between(day, from, now))
    }

    /// Whether it counted at least half as many as reported anything, in the last day or two: forged reports of a
    /// census that a page does not have would make a few visitors all of them.
    fn is_of_most(&self, counted_by: CountedBy) -> bool {
        let (from, to) = self.lately();
        2 * u64::from(counted_by.visits(from, to)) >= u64::from(CountedBy::Reports.visits(from, to))
    }

    /// Whether the reports of more than half of those who reported anything in the last day or two are odd: then something
    /// between them and the collector rewrites headers, and to be odd says nothing of who sent a report.
    pub(super) fn is_mostly_odd(&self) -> bool {
        let (from, to) = self.lately();
        let odd = to.odd.saturating_sub(from.odd);
        2 * u64::from(odd) > u64::from(CountedBy::Reports.visits(from, to))
    }

    /// What the counters read at the beginning of the last day or two, and what they read now.
    fn lately(&self) -> (Reading, Reading) {
        let from = self.days.front().map_or(Reading::default(), |(_, reading)| *reading);
        (from, self.total())
    }

    fn begin_day(&mut self, now: Timestamp) {
        if self.days.back().is_none_or(|(began, _)| !now.is_within(DAY, *began)) {
            self.days.push_back((now, self.total()));
            if self.days.len() > 2 {
                self.days.pop_front();
            }
        }
    }

    fn total(&self) -> Reading {
        Reading {
            hashes: self.hashes.total,
            views: self.views.total,
            reporters: self.reporters.total,
            odd: self.odd.total,
        }
    }
}

#[cfg(test)]
mod tests;
