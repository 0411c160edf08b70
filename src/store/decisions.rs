//! What people decided about destinations: the table `decisions`, a log of which the newest row about each holds.

use clickhouse::{Client, Row};
use serde::{Deserialize, Serialize};

use super::error::InsertError;
use super::queries;
use crate::base::clock::Timestamp;
use crate::decisions::Decision;

/// The table.
const DECISIONS: &str = "decisions";

/// A decision as it is written.
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

/// The newest decision about a destination.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
pub struct Newest {
    /// Of this site.
    pub site: String,
    /// Which destination.
    pub destination: String,
    decision: i8,
    until: Option<Timestamp>,
}

impl Newest {
    /// What was decided; `None` for what a newer version writes.
    pub fn decision(&self) -> Option<Decision> {
        from_code(self.decision)
    }

    /// Until when.
    pub fn until(&self) -> Option<Timestamp> {
        self.until
    }
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

/// Writes one.
///
/// # Errors
/// [`InsertError`].
pub async fn decide(client: &Client, row: &DecisionRow<'_>) -> Result<(), InsertError> {
    let mut insert = client
        .insert::<DecisionRow<'_>>(DECISIONS)
        .await?
        .with_setting("async_insert", "0")
        // Deciding the same twice writes it twice; the newest holds.
        .with_setting("insert_deduplicate", "0");
    insert.write(row).await?;
    Ok(insert.end().await?)
}

/// How many there are, which tells whether there are new ones.
///
/// # Errors
/// [`InsertError`].
pub async fn count(client: &Client) -> Result<u64, InsertError> {
    Ok(client.query_raw(queries::DECISIONS_COUNT).fetch_one().await?)
}

/// The newest about each destination.
///
/// # Errors
/// [`InsertError`].
pub async fn newest(client: &Client) -> Result<Vec<Newest>, InsertError> {
    Ok(client.query_raw(queries::DECISIONS_NEWEST).fetch_all().await?)
}
