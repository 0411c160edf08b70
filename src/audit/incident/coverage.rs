//! In which hours the pages that a destination touched reported anything at all. In the other hours, the absence of
//! reports about the destination means nothing: the collector may have been down, the policy missing, or the site without
//! visitors.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::clock::{HOUR, Timestamp};
use crate::store::incident::Incident;

/// The coverage of each site and page group that the destination touched.
pub struct Coverage {
    /// From the hour of the first report to the end of the hour of the last.
    pub span: (Timestamp, Timestamp),
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
    /// Stretches of hours without any report: where each begins and ends.
    pub silent: Vec<(Timestamp, Timestamp)>,
}

impl Coverage {
    /// Works out the silent hours of every page group.
    pub(super) fn of(incident: &Incident) -> Self {
        let touched: BTreeSet<(&str, &str)> = incident
            .pages
            .iter()
            .map(|page| (page.site.as_str(), page.page_group.as_str()))
            .collect();
        let mut reported: BTreeMap<(&str, &str), BTreeSet<Timestamp>> = BTreeMap::new();
        for row in &incident.reported_hours {
            let hours = reported.entry((&row.site, &row.page_group)).or_default();
            hours.insert(Timestamp::from_seconds(row.hour.into()));
        }
        let [first, last] =
            [incident.summary.first_seen, incident.summary.last_seen].map(Timestamp::hour);
        let all: Vec<Timestamp> = (first..=last).map(Timestamp::from_hour).collect();
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
        let span = (Timestamp::from_hour(first), Timestamp::from_hour(last + 1));
        Self { span, page_groups: touched.into_iter().map(coverage).collect() }
    }

    /// Every silent stretch, each with its page group.
    pub fn silent_stretches(&self) -> impl Iterator<Item = (&GroupCoverage, Timestamp, Timestamp)> {
        self.page_groups
            .iter()
            .flat_map(|group| group.silent.iter().map(move |(from, to)| (group, *from, *to)))
    }
}

impl GroupCoverage {
    /// How many hours had no report at all.
    pub fn silent_hours(&self) -> u64 {
        self.silent.iter().map(|(from, to)| to.since(*from).as_secs() / 3_600).sum()
    }
}

/// Joins hours that follow each other into one stretch.
fn stretches(hours: impl Iterator<Item = Timestamp>) -> Vec<(Timestamp, Timestamp)> {
    let mut stretches: Vec<(Timestamp, Timestamp)> = Vec::new();
    for hour in hours {
        match stretches.last_mut() {
            Some((_, to)) if *to == hour => *to = hour + HOUR,
            _ => stretches.push((hour, hour + HOUR)),
        }
    }
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_that_follow_each_other_are_one_stretch() {
        let hours = [1, 2, 4, 7, 8].map(Timestamp::from_hour);
        let in_hours: Vec<_> = stretches(hours.into_iter())
            .into_iter()
            .map(|(from, to)| (from.hour(), to.hour()))
            .collect();
        assert_eq!(in_hours, [(1, 3), (4, 5), (7, 9)]);
    }
}
