//! The operation of the collectors: for each day of the period, which collectors worked and what the pages reported.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::clock::{DAY, MILLISECOND, Timestamp};
use crate::base::display;
use crate::store::evidence::{CollectorDay, PeriodRecords, ReportDay};

/// A day of the period.
pub struct OperationDay<'a> {
    /// Written 2026-11-01.
    pub day: String,
    /// Midnight, with which it begins.
    pub begin: Timestamp,
    /// What the pages reported, one row for each page group.
    pub reported: Vec<&'a ReportDay>,
    /// Which collectors worked.
    pub collectors: Vec<&'a CollectorDay>,
}

impl OperationDay<'_> {
    /// When it begins and ends.
    pub fn span(&self) -> (Timestamp, Timestamp) {
        (self.begin, self.begin + DAY)
    }
}

/// The days that show less than operation and reports. No day is in both lists: while no collector worked, nobody knows
/// what would have been reported.
pub struct Gaps<'a> {
    /// Days on which no collector noted that it worked.
    pub without_collector: Vec<&'a str>,
    /// Days on which a collector worked and nothing was reported.
    pub without_report: Vec<&'a str>,
}

impl<'a> Gaps<'a> {
    /// The gaps of these days.
    pub fn of(days: &'a [OperationDay<'_>]) -> Self {
        let names = |is_gap: fn(&OperationDay<'_>) -> bool| {
            days.iter().filter(|day| is_gap(day)).map(|day| day.day.as_str()).collect()
        };
        Self {
            without_collector: names(|day| day.collectors.is_empty()),
            without_report: names(|day| !day.collectors.is_empty() && day.reported.is_empty()),
        }
    }
}

/// The page groups that reported anything, by name.
pub fn reporting_groups<'a>(days: &[OperationDay<'a>]) -> BTreeSet<&'a str> {
    let reported = days.iter().flat_map(|day| &day.reported);
    reported.map(|row| row.page_group.as_str()).collect()
}

/// Every day from `from` until before `end`.
pub fn days(records: &PeriodRecords, from: Timestamp, end: Timestamp) -> Vec<OperationDay<'_>> {
    let mut reported: BTreeMap<i64, Vec<&ReportDay>> = BTreeMap::new();
    for row in &records.days {
        reported.entry(row.day.into()).or_default().push(row);
    }
    let mut collectors: BTreeMap<i64, Vec<&CollectorDay>> = BTreeMap::new();
    for row in &records.collectors {
        collectors.entry(row.day.into()).or_default().push(row);
    }
    let day = |number: i64| OperationDay {
        day: display::day(number),
        begin: Timestamp::from_day(number),
        reported: reported.remove(&number).unwrap_or_default(),
        collectors: collectors.remove(&number).unwrap_or_default(),
    };
    (from.day()..=(end - MILLISECOND).day()).map(day).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records() -> PeriodRecords {
        let reported = |day| ReportDay {
            day,
            page_group: "payment".to_owned(),
            reports: 3,
            hours: 1,
            pages: 1,
        };
        let collector = |day| CollectorDay {
            day,
            collector: "a".to_owned(),
            version: "1".to_owned(),
            rules: String::new(),
            hours: 24,
        };
        PeriodRecords {
            alerts: Vec::new(),
            decisions: Vec::new(),
            policies: Vec::new(),
            days: vec![reported(2)],
            collectors: vec![collector(2), collector(3)],
            drills: Vec::new(),
            headers: Vec::new(),
        }
    }

    #[test]
    fn every_day_of_the_period_is_listed_and_no_gap_twice() {
        let records = records();
        let days = days(&records, Timestamp::from_day(1), Timestamp::from_day(4));
        let names: Vec<_> = days.iter().map(|day| day.day.as_str()).collect();
        assert_eq!(names, ["1970-01-02", "1970-01-03", "1970-01-04"]);
        assert_eq!(days[1].span(), (Timestamp::from_day(2), Timestamp::from_day(3)));
        let gaps = Gaps::of(&days);
        assert_eq!(gaps.without_collector, ["1970-01-02"]);
        assert_eq!(gaps.without_report, ["1970-01-04"]);
        assert_eq!(reporting_groups(&days), BTreeSet::from(["payment"]));
    }
}
