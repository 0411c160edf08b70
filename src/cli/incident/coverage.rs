//! In which hours the pages that a destination touched reported anything at all. Where they did not, that it was not
//! reported means nothing: the collector may have been down, the policy away, or nobody there.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::super::time;
use super::HOUR_MILLIS;
use crate::store::incident::Incident;

/// Of each site and page group that the destination touched.
pub(super) struct Coverage {
    /// From the hour of the first report to that of the last, in milliseconds since 1970.
    pub(super) span: (i64, i64),
    pub(super) places: Vec<Place>,
}

/// The hours from that of the first to that of the last report.
pub(super) struct Place {
    pub(super) site: String,
    pub(super) page_group: String,
    /// How many there are.
    hours: usize,
    /// Those without any report, put together: where they begin and end, in milliseconds since 1970.
    pub(super) silent: Vec<(i64, i64)>,
}

impl Coverage {
    pub(super) fn of(found: &Incident) -> Self {
        let touched: BTreeSet<(&str, &str)> =
            found.pages.iter().map(|page| (page.site.as_str(), page.page_group.as_str())).collect();
        let mut heard: BTreeMap<(&str, &str), BTreeSet<i64>> = BTreeMap::new();
        for it in &found.heard {
            let hours = heard.entry((&it.site, &it.page_group)).or_default();
            hours.insert(i64::from(it.hour) * 1000);
        }
        let [first, last] = [found.summary.first_seen, found.summary.last_seen]
            .map(|time| time - time.rem_euclid(HOUR_MILLIS));
        let all: Vec<i64> =
            (0..).map(|n| first + n * HOUR_MILLIS).take_while(|it| *it <= last).collect();
        let nothing = BTreeSet::new();
        let place = |(site, page_group): (&str, &str)| {
            let heard = heard.get(&(site, page_group)).unwrap_or(&nothing);
            Place {
                site: site.to_owned(),
                page_group: page_group.to_owned(),
                hours: all.len(),
                silent: together(all.iter().copied().filter(|hour| !heard.contains(hour))),
            }
        };
        let span = (first, last + HOUR_MILLIS);
        Self { span, places: touched.into_iter().map(place).collect() }
    }

    pub(super) fn as_json(&self) -> Value {
        let places = self.places.iter().map(|place| {
            json!({
                "site": place.site,
                "page_group": place.page_group,
                "hours": place.hours,
                "hours_without_reports": place.silent_hours(),
                "silent": place.silent.iter().map(|(from, to)| json!({"from": time(*from), "to": time(*to)}))
                    .collect::<Vec<_>>(),
            })
        });
        json!({ "page_groups": places.collect::<Vec<_>>() })
    }
}

impl Place {
    fn silent_hours(&self) -> i64 {
        self.silent.iter().map(|(from, to)| (to - from) / HOUR_MILLIS).sum()
    }
}

/// Hours that follow each other become one stretch.
fn together(hours: impl Iterator<Item = i64>) -> Vec<(i64, i64)> {
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
        let stretches = together(hours.into_iter()).into_iter();
        let stretches_in_hours: Vec<_> =
            stretches.map(|(from, to)| (from / HOUR_MILLIS, to / HOUR_MILLIS)).collect();
        assert_eq!(stretches_in_hours, [(1, 3), (4, 5), (7, 9)]);
    }
}
