//! What a site reported since a release and before it: `queries/gate_*.sql`.

use std::collections::BTreeSet;
use std::time::Duration;

use clickhouse::{Client, Row};
use serde::Deserialize;

use super::error::InsertError;
use super::queries;
use crate::base::clock::{Timestamp, days};

/// How far back the same hours are looked at: a week, because a Sunday is no Monday.
const BACK: Duration = days(7);

/// A violation on a page group, by one engine.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct GateRow {
    pub page_group: String,
    pub kind: String,
    pub directive: String,
    /// The host that was blocked; else what was blocked, as `inline`; else what a report without either is about.
    pub what: String,
    pub engine: String,
    pub verdict: String,
    pub enforced: bool,
    pub scheme: String,
    pub path: String,
    pub page: String,
    pub script: String,
    /// Visitors before.
    pub before: u64,
    /// Visitors since.
    pub after: u64,
}

/// How long, and how many page views.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Row, Deserialize)]
pub struct GateTraffic {
    /// Hours before in which the site reported anything.
    pub hours: u64,
    /// Page views before, where there is a census.
    pub views_before: u64,
    /// Page views since.
    pub views_after: u64,
    /// Whether the site reported anything since, of whatever kind.
    pub has_reports: bool,
}

/// Reads what a site reported from the release `from` up to `to`, and in the same hours before.
///
/// # Errors
/// [`InsertError`].
pub async fn compare(
    client: &Client,
    site: &str,
    (from, to): (Timestamp, Timestamp),
) -> Result<(Vec<GateRow>, GateTraffic), InsertError> {
    let hours = hours_of_day(from, to);
    let query = |sql: &str| {
        let query = client.query_raw(sql).param("site", site).param("begin", from - BACK);
        query.param("from", from).param("to", to).param("hours", &hours)
    };
    Ok(tokio::try_join!(
        query(queries::GATE_REPORTS).fetch_all(),
        query(queries::GATE_TRAFFIC).fetch_one(),
    )?)
}

/// The hours of the day, in UTC, from one time to another.
fn hours_of_day(from: Timestamp, to: Timestamp) -> BTreeSet<u8> {
    let hours = (from.hour()..=to.hour()).take(24);
    hours.filter_map(|hour| u8::try_from(hour.rem_euclid(24)).ok()).collect()
}
