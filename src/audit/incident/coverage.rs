//! In which hours the pages that a destination touched reported anything at all. In the other hours, the absence of
//! reports about the destination means nothing: the collector may have been down, the policy missing, or the site without
//! visitors.

use std::collections::{BTreeMap, BTreeSet};

use super::HOUR_MILLIS;
use crate::store::incident::Incident;

/// The coverage of each site and page group that the destination touched.
pub struct Coverage {
    /// From the hour of the first report to the end of the hour of the last, in milliseconds since 1970.
    pub span: (i64, i64),
    /// Ordered by site and page group.
    pub page_groups: Vec<GroupCoverage>,
}

/// The coverage of one page group within the span.
pub struct GroupCoverage {
    /// Its site.
    pub site: String,
    /// Its name.
    pub page_group: String,
    /// How many hours the span has.
    pub hours: usize,
    /// Stretches of hours without any report: where each begins and ends, in milliseconds since 1970.
    pub silent: Vec<(i64, i64)>,
}

impl Coverage {
    /// Works out the silent hours of every page group.
    pub(super) fn of(incident: &Incident) -> Self {
        let touched: BTreeSet<(&str, &str)> = incident
            .pages
            .iter()
            .map(|page| (page.site.as_str(), page.page_group.as_str()))
            .collect();
        let mut reported: BTreeMap<(&str, &str), BTreeSet<i64>> = BTreeMap::new();
        for row in &incident.reported_hours {
            let hours = reported.entry((&row.site, &row.page_group)).or_default();
            hours.insert(i64::from(row.hour) * 1000);
        }
        let [first, last] = [incident.summary.first_seen, incident.summary.last_seen]
            .map(|time| time - time.rem_euclid(HOUR_MILLIS));
        let all: Vec<i64> = (0..)
            .map(|number| first + number * HOUR_MILLIS)
            .take_while(|hour| *hour <= last)
            .collect();
        let none = BTreeSet::new();
        let coverage = |(site, page_group): (&str, &str)| {
            let reported = reported.get(&(site, page_group)).unwrap_or(&none);
            GroupCoverage {
                site: site.to_owned(),
                page_group: page_group.to_owned(),
                hours: all.len(),
                silent: stretches(all.iter().copied().filter(|hour| !reported.contains(hour))),
            }
        };
        let span = (first, last + HOUR_MILLIS);
        Self { span, page_groups: touched.into_iter().map(coverage).collect() }
    }

    /// Every silent stretch, each with its page group.
    pub fn silent_stretches(&self) -> impl Iterator<Item = (&GroupCoverage, i64, i64)> {
        self.page_groups
            .iter()
            .flat_map(|group| group.silent.iter().map(move |(from, to)| (group, *from, *to)))
    }
}

impl GroupCoverage {
    /// How many hours had no report at all.
    pub fn silent_hours(&self) -> i64 {
        self.silent.iter().map(|(from, to)| (to - from) / HOUR_MILLIS).sum()
    }
}

/// Joins hours that follow each other into one stretch.
fn stretches(hours: impl Iterator<Item = i64>) -> Vec<(i64, i64)> {
    let mut stretches: Vec<(i64, i64)> = Vec::new();
    for hour in hours {
        match stretches.last_mut() {
            Some((_, to)) if *to == hour => *to = hour + HOUR_MILLIS,
            _ => stretches.push((hour, hour + HOUR_MILLIS)),
        }
    }
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_that_follow_each_other_are_one_stretch() {
        let hours = [1, 2, 4, 7, 8].map(|hour| hour * HOUR_MILLIS);
        let in_hours: Vec<_> = stretches(hours.into_iter())
            .into_iter()
            .map(|(from, to)| (from / HOUR_MILLIS, to / HOUR_MILLIS))
            .collect();
        assert_eq!(in_hours, [(1, 3), (4, 5), (7, 9)]);
    }
}
