//! Other destinations, and what they have in common with one.

use std::collections::HashMap;

use clickhouse::query::Query;
use clickhouse::{Client, Row};
use serde::Deserialize;

use super::Summary;
use crate::store::error::InsertError;
use crate::store::queries;

/// A person looks at a dozen; and each is compared with all that is stored of it.
const DESTINATIONS: u64 = 25;
const HOUR_MILLIS: i64 = 3_600_000;
const DAY_MILLIS: i64 = 24 * HOUR_MILLIS;

/// Another destination, and what it has in common with the one in question. Times are milliseconds since 1970.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Related {
    /// Its registrable domain, or IP address.
    pub destination: String,
    /// Ever.
    pub first_seen: i64,
    /// Ever.
    pub last_seen: i64,
    /// Ever, on these sites.
    pub reports: u64,
    /// Where.
    pub page_groups: Vec<String>,
    /// Host and path of some scripts that called both.
    pub scripts: Vec<(String, String)>,
    /// Some pages on which both were seen.
    pub pages: Vec<String>,
    /// The hours of both.
    pub hours: Hours,
    /// Whether they were first seen within a day.
    pub has_same_beginning: bool,
}

/// Hours with a report, from a day before the first to a day after the last of the destination in question.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Hours {
    /// Of both.
    pub shared: u64,
    /// Of the destination in question.
    pub its: u64,
    /// Of the other alone.
    pub others: u64,
    /// All that there are.
    pub all: u64,
}

impl Hours {
    /// The other was there in half of the hours or more, and at least twice as often as in the rest of the time: what is
    /// always there has nothing to do with it.
    pub fn are_the_same(self) -> bool {
        let Self { shared, its, others, all } = self;
        shared > 0 && 2 * shared >= its && shared * all.saturating_sub(its) >= 2 * others * its
    }
}

impl Related {
    /// Why it is related, in words that do not change.
    pub fn why(&self) -> Vec<&'static str> {
        [
            (!self.scripts.is_empty(), "same script"),
            (self.hours.are_the_same(), "same periods"),
            (!self.pages.is_empty(), "same pages"),
            (self.has_same_beginning, "same beginning"),
        ]
        .into_iter()
        .filter_map(|(is_so, why)| is_so.then_some(why))
        .collect()
    }
}

/// `incident_contemporaries.sql`.
#[derive(Debug, Row, Deserialize)]
struct Contemporary {
    destination: String,
    first: i64,
    last: i64,
    reports: u64,
    page_groups: Vec<String>,
}

/// `incident_shared_hours.sql`.
#[derive(Debug, Row, Deserialize)]
struct SharedHours {
    destination: String,
    shared: u64,
    others: u64,
}

/// `incident_shared_places.sql`.
#[derive(Debug, Row, Deserialize)]
struct SharedPlaces {
    destination: String,
    scripts: Vec<(String, String)>,
    pages: Vec<String>,
}

/// Those that have something in common, those with most first.
pub(super) async fn read(
    client: &Client,
    destination: &str,
    summary: &Summary,
) -> Result<Vec<Related>, InsertError> {
    let ask = |sql: &'static str| -> Query {
        let query = client.query_raw(sql).param("destination", destination);
        let query = query.param("sites", &summary.sites);
        query.param("from", summary.first_seen).param("to", summary.last_seen)
    };
    let candidates: Vec<Contemporary> =
        ask(queries::INCIDENT_CONTEMPORARIES).param("limit", DESTINATIONS).fetch_all().await?;
    if candidates.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<&str> = candidates.iter().map(|it| it.destination.as_str()).collect();
    let (hours, places) = tokio::try_join!(
        ask(queries::INCIDENT_SHARED_HOURS)
            .param("destinations", &names)
            .fetch_all::<SharedHours>(),
        ask(queries::INCIDENT_SHARED_PLACES).param("destinations", &names).fetch_all(),
    )?;
    Ok(together(destination, summary, candidates, &hours, places))
}

fn together(
    destination: &str,
    summary: &Summary,
    candidates: Vec<Contemporary>,
    hours: &[SharedHours],
    places: Vec<SharedPlaces>,
) -> Vec<Related> {
    let its = hours.iter().find(|it| it.destination == destination).map_or(0, |it| it.shared);
    let all = hours_between(summary.first_seen - DAY_MILLIS, summary.last_seen + DAY_MILLIS);
    let hours: HashMap<&str, &SharedHours> =
        hours.iter().map(|it| (it.destination.as_str(), it)).collect();
    let mut places: HashMap<String, SharedPlaces> =
        places.into_iter().map(|it| (it.destination.clone(), it)).collect();
    let mut related: Vec<Related> = candidates
        .into_iter()
        .map(|it| {
            let (shared, others) = hours
                .get(it.destination.as_str())
                .map_or((0, 0), |hours| (hours.shared, hours.others));
            let places = places.remove(&it.destination);
            let (scripts, pages) =
                places.map_or_else(Default::default, |it| (it.scripts, it.pages));
            Related {
                hours: Hours { shared, its, others, all },
                has_same_beginning: (it.first - summary.first_seen).abs() < DAY_MILLIS,
                destination: it.destination,
                first_seen: it.first,
                last_seen: it.last,
                reports: it.reports,
                page_groups: it.page_groups,
                scripts,
                pages,
            }
        })
        .filter(|it| !it.why().is_empty())
        .collect();
    // As they came, those with days in common first, where the rest is the same.
    related.sort_by_key(|it| {
        (
            it.scripts.is_empty(),
            !it.hours.are_the_same(),
            !it.has_same_beginning,
            it.pages.is_empty(),
        )
    });
    related
}

/// The hours that any part of a time is in.
fn hours_between(from: i64, to: i64) -> u64 {
    u64::try_from(to.div_euclid(HOUR_MILLIS) - from.div_euclid(HOUR_MILLIS) + 1).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_always_there_has_not_the_same_hours() {
        let are_the_same =
            |shared, its, others| Hours { shared, its, others, all: 200 }.are_the_same();
        assert!(are_the_same(6, 6, 0));
        assert!(are_the_same(3, 6, 4));
        assert!(are_the_same(6, 6, 90), "a loader on every page of these days");
        assert!(!are_the_same(2, 6, 0), "less than half");
        assert!(!are_the_same(6, 6, 194), "always there");
        assert!(!are_the_same(6, 6, 120), "mostly there");
        assert!(!are_the_same(0, 0, 0), "nothing is stored of the hours");
    }

    #[test]
    fn parts_of_hours_are_hours() {
        assert_eq!(hours_between(0, HOUR_MILLIS), 2);
        assert_eq!(hours_between(HOUR_MILLIS - 1, HOUR_MILLIS), 2);
        assert_eq!(hours_between(1, 2), 1);
    }
}
