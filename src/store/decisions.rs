//! Decisions of people about destinations: the table `decisions`, a log in which the newest row about a destination counts.

use clickhouse::{Client, Row};
use serde::{Deserialize, Serialize};

use super::error::InsertError;
use super::insert::by_people;
use super::queries;
use crate::base::clock::Timestamp;
use crate::decisions::{Decision, Decisions};

/// The name of the table.
const DECISIONS: &str = "decisions";

/// The code of a destination that a person found to be a theft. Collectors leave it out ([`all`]): it takes back what was
/// decided before, and the destination goes on alerting.
pub const THEFT: i8 = 4;

/// A decision as it is stored: `decision_of.sql`, `decisions_latest.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct StoredDecision {
    pub decided_at: Timestamp,
    pub site: String,
    pub destination: String,
    pub decision: String,
    pub by: String,
    pub why: String,
    pub until: Option<Timestamp>,
}

/// A decision to write.
#[derive(Debug, Clone, PartialEq, Eq, Row, Serialize)]
#[expect(missing_docs, reason = "the columns are described where they are made, in the SQL")]
pub struct DecisionRow<'a> {
    pub decided_at: Timestamp,
    pub site: &'a str,
    pub destination: &'a str,
    pub decision: i8,
    pub by: &'a str,
    pub why: &'a str,
    pub until: Option<Timestamp>,
}

#[derive(Debug, Row, Deserialize)]
struct NewestDecision {
    site: String,
    destination: String,
    decision: i8,
    by: String,
    until: Option<Timestamp>,
}

/// The codes of the column's `Enum8`.
pub fn code(decision: Decision) -> i8 {
    match decision {
        Decision::Approve => 1,
        Decision::Ignore => 2,
        Decision::Forget => 3,
    }
}

pub(super) fn from_code(number: i8) -> Option<Decision> {
    [Decision::Approve, Decision::Ignore, Decision::Forget]
        .into_iter()
        .find(|decision| code(*decision) == number)
}

/// Writes a decision.
///
/// # Errors
/// [`InsertError`].
pub async fn decide(client: &Client, row: &DecisionRow<'_>) -> Result<(), InsertError> {
    let mut insert = by_people::<DecisionRow<'_>>(client, DECISIONS).await?;
    insert.write(row).await?;
    Ok(insert.end().await?)
}

/// The number of rows. When it has changed, there are new decisions.
///
/// # Errors
/// [`InsertError`].
pub async fn count(client: &Client) -> Result<u64, InsertError> {
    Ok(client.query_raw(queries::DECISIONS_COUNT).fetch_one().await?)
}

/// The newest decision about each destination; those of a code that a newer version wrote are left out. What `before` has too
/// is applied since then, and the rest since `now`.
///
/// # Errors
/// [`InsertError`].
pub async fn all(
    client: &Client,
    before: &Decisions,
    now: Timestamp,
) -> Result<Decisions, InsertError> {
    let newest: Vec<NewestDecision> =
        client.query_raw(queries::DECISIONS_NEWEST).fetch_all().await?;
    let mut all = Decisions::default();
    for NewestDecision { site, destination, decision, by, until } in &newest {
        if let Some(decision) = from_code(*decision) {
            all.add((site, destination), (decision, by, *until), before, now);
        }
    }
    Ok(all)
}

/// The newest decision about a destination.
///
/// # Errors
/// [`InsertError`].
pub async fn newest(
    client: &Client,
    (site, destination): (&str, &str),
) -> Result<Option<StoredDecision>, InsertError> {
    let query = client.query_raw(queries::DECISION_OF).param("site", site);
    Ok(query.param("destination", destination).fetch_optional().await?)
}

/// The latest decisions; `site` empty: about all sites.
///
/// # Errors
/// [`InsertError`].
pub async fn latest(
    client: &Client,
    site: &str,
    limit: u64,
) -> Result<Vec<StoredDecision>, InsertError> {
    let query = client.query_raw(queries::DECISIONS_LATEST).param("site", site);
    Ok(query.param("limit", limit).fetch_all().await?)
}
