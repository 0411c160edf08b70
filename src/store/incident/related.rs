//! Other destinations, and what each has in common with the one in question.

use std::collections::HashMap;

use clickhouse::query::Query;
use clickhouse::{Client, Row};
use serde::Deserialize;

use super::IncidentSummary;
use crate::base::clock::{DAY, Timestamp};
use crate::store::error::InsertError;
use crate::store::queries;

/// The largest number of candidates: a person reads a dozen, and each costs a look at all that is stored about it.
const CANDIDATES_MAX: u64 = 25;

/// Another destination, and what it has in common with the one in question.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Related {
    /// Its registrable domain, or IP address.
    pub destination: String,
    /// Its first report, on any site and at any time.
    pub first_seen: Timestamp,
    /// Its last report, on any site and at any time.
    pub last_seen: Timestamp,
    /// All its reports on the sites in question.
    pub reports: u64,
    /// The page groups that reported it.
    pub page_groups: Vec<String>,
    /// Host and path of some scripts that requested both.
    pub scripts: Vec<(String, String)>,
    /// Some pages that reported both.
    pub pages: Vec<String>,
    /// The hours in which each of the two was active.
    pub hours: Hours,
    /// Whether they were first seen within a day.
    pub has_same_beginning: bool,
}

/// Hours with a report, from a day before the first to a day after the last of the destination in question.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Hours {
    /// Hours in which both were active.
    pub shared: u64,
    /// Hours in which the destination in question was active.
    pub its: u64,
    /// Hours in which only the other was active.
    pub others: u64,
    /// All hours of that time.
    pub all: u64,
}

impl Hours {
    /// Whether the other was active in at least half of the hours, and at least twice as often as in the rest of the
    /// time. A destination that is always active has nothing to do with the one in question.
    pub fn are_the_same(self) -> bool {
        let Self { shared, its, others, all } = self;
        shared > 0 && 2 * shared >= its && shared * all.saturating_sub(its) >= 2 * others * its
    }
}

impl Related {
    /// Why it is related, in public words that do not change.
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
    first: Timestamp,
    last: Timestamp,
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

/// The destinations that have something in common, those with most in common first.
pub(super) async fn read(
    client: &Client,
    destination: &str,
    summary: &IncidentSummary,
) -> Result<Vec<Related>, InsertError> {
    let ask = |sql: &'static str| -> Query {
        let query = client.query_raw(sql).param("destination", destination);
        let query = query.param("sites", &summary.sites);
        query.param("from", summary.first_seen).param("to", summary.last_seen)
    };
    let candidates: Vec<Contemporary> =
        ask(queries::INCIDENT_CONTEMPORARIES).param("limit", CANDIDATES_MAX).fetch_all().await?;
    if candidates.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<&str> =
        candidates.iter().map(|candidate| candidate.destination.as_str()).collect();
    let (hours, places) = tokio::try_join!(
        ask(queries::INCIDENT_SHARED_HOURS)
            .param("destinations", &names)
            .fetch_all::<SharedHours>(),
        ask(queries::INCIDENT_SHARED_PLACES).param("destinations", &names).fetch_all(),
    )?;
    Ok(combine(destination, summary, candidates, &hours, places))
}

fn combine(
    destination: &str,
    summary: &IncidentSummary,
    candidates: Vec<Contemporary>,
    hours: &[SharedHours],
    places: Vec<SharedPlaces>,
) -> Vec<Related> {
    let own = hours.iter().find(|row| row.destination == destination);
    let its = own.map_or(0, |row| row.shared);
    let all = hours_between(summary.first_seen - DAY, summary.last_seen + DAY);
    let hours: HashMap<&str, &SharedHours> =
        hours.iter().map(|row| (row.destination.as_str(), row)).collect();
    let mut places: HashMap<String, SharedPlaces> =
        places.into_iter().map(|row| (row.destination.clone(), row)).collect();
    let mut related: Vec<Related> = candidates
        .into_iter()
        .map(|candidate| {
            let (shared, others) = hours
                .get(candidate.destination.as_str())
                .map_or((0, 0), |hours| (hours.shared, hours.others));
            let (scripts, pages) = places
                .remove(&candidate.destination)
                .map_or_else(Default::default, |places| (places.scripts, places.pages));
            Related {
                hours: Hours { shared, its, others, all },
                has_same_beginning: candidate.first.distance(summary.first_seen) < DAY,
                destination: candidate.destination,
                first_seen: candidate.first,
                last_seen: candidate.last,
                reports: candidate.reports,
                page_groups: candidate.page_groups,
                scripts,
                pages,
            }
        })
        .filter(|related| !related.why().is_empty())
        .collect();
    // Stable: where these are equal, the query's order remains, in which common days come first.
    related.sort_by_key(|related| {
        (
            related.scripts.is_empty(),
            !related.hours.are_the_same(),
            !related.has_same_beginning,
            related.pages.is_empty(),
        )
    });
    related
}

/// How many clock hours a time touches.
fn hours_between(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.hour() - from.hour() + 1).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::clock::SECOND;

    #[test]
    fn a_destination_that_is_always_active_has_not_the_same_hours() {
        let are_the_same =
            |shared, its, others| Hours { shared, its, others, all: 200 }.are_the_same();
        assert!(are_the_same(6, 6, 0));
        assert!(are_the_same(3, 6, 4));
        assert!(are_the_same(6, 6, 90), "a loader on every page of these days");
        assert!(!are_the_same(2, 6, 0), "less than half");
        assert!(!are_the_same(6, 6, 194), "always there");
        assert!(!are_the_same(6, 6, 120), "mostly there");
        assert!(!are_the_same(0, 0, 0), "no hours are stored");
    }

    #[test]
    fn a_part_of_an_hour_counts_as_an_hour() {
        let hour = Timestamp::from_hour(1);
        assert_eq!(hours_between(Timestamp::default(), hour), 2);
        assert_eq!(hours_between(hour - SECOND, hour), 2);
        assert_eq!(hours_between(hour, hour + SECOND), 1);
    }
}
