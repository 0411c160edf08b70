//! Decisions of people about destinations: the table `decisions`, a log in which the newest row about a destination counts.

use clap::ValueEnum as _;
use clickhouse::{Client, Row};
use serde::{Deserialize, Serialize};

use super::error::InsertError;
use super::insert::one_by_people;
use super::queries;
use crate::base::clock::{MILLISECOND, Timestamp};
use crate::decisions::{Decision, Decisions, LearntDecision};

/// The name of the table.
const DECISIONS: &str = "decisions";

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
    decided_at: Timestamp,
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
        Decision::Theft => 4,
    }
}

pub(super) fn from_code(number: i8) -> Option<Decision> {
    Decision::value_variants().iter().copied().find(|decision| code(*decision) == number)
}

/// Writes a decision.
///
/// # Errors
/// [`InsertError`].
pub async fn decide(client: &Client, row: &DecisionRow<'_>) -> Result<(), InsertError> {
    one_by_people::<DecisionRow<'_>>(client, DECISIONS, row).await
}

/// The newest decision about each destination, learnt on top of what is known in `before`, at the time `now`. One of a code
/// that a newer version wrote takes back what was decided before.
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
    let mut all = before.clone();
    for NewestDecision { decided_at, site, destination, decision, by, until } in &newest {
        let decision = from_code(*decision).unwrap_or(Decision::Theft);
        let stored = LearntDecision { decision, by, until: *until, decided: *decided_at };
        all.learn((site, destination), stored, now);
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

/// The time of a decision that is made now: later than the newest about the same destination, because the newest counts. A
/// clock that is behind the one of the decision before must not make this one the older.
pub fn time_after(newest: Option<Timestamp>, now: Timestamp) -> Timestamp {
    newest.map_or(now, |before| now.max(before + MILLISECOND))
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
