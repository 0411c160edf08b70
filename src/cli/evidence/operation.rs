//! That somebody listened: each day of the period, with what was heard on it.

use std::collections::BTreeMap;

use super::Pack;
use crate::base::display;
use crate::store::evidence::{AtWork, Day};

pub(super) const DAY_MILLIS: i64 = 86_400_000;

/// A day of the period.
pub(super) struct DayOfWork<'a> {
    /// As 2026-11-01.
    pub(super) day: String,
    /// Its first millisecond since 1970.
    pub(super) begin: i64,
    /// What the page groups reported, by name.
    pub(super) heard: Vec<&'a Day>,
    /// Which collectors worked.
    pub(super) collectors: Vec<&'a AtWork>,
}

/// All days, also those on which nothing was heard.
pub(super) fn days<'a>(pack: &'a Pack<'_>) -> Vec<DayOfWork<'a>> {
    let mut heard: BTreeMap<i64, Vec<&Day>> = BTreeMap::new();
    for it in &pack.found.days {
        heard.entry(it.day.into()).or_default().push(it);
    }
    let mut collectors: BTreeMap<i64, Vec<&AtWork>> = BTreeMap::new();
    for it in &pack.found.collectors {
        collectors.entry(it.day.into()).or_default().push(it);
    }
    let first = pack.from.0.div_euclid(DAY_MILLIS);
    let last = (pack.to.0.min(pack.made_at.0) - 1).div_euclid(DAY_MILLIS);
    let day = |number: i64| DayOfWork {
        day: display::day(number),
        begin: number * DAY_MILLIS,
        heard: heard.remove(&number).unwrap_or_default(),
        collectors: collectors.remove(&number).unwrap_or_default(),
    };
    (first..=last).map(day).collect()
}

/// Days on which no collector noted that it worked, and days without any report.
pub(super) fn gaps<'a>(days: &'a [DayOfWork<'_>]) -> (Vec<&'a str>, Vec<&'a str>) {
    let names = |is_gap: fn(&DayOfWork<'_>) -> bool| {
        days.iter().filter(|day| is_gap(day)).map(|day| day.day.as_str()).collect()
    };
    (names(|day| day.collectors.is_empty()), names(|day| day.heard.is_empty()))
}
