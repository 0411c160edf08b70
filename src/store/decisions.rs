//! Decisions of people about destinations: the table `decisions`, a log in which the newest row about a destination counts.

use clickhouse::{Client, Row};
use serde::{Deserialize, Serialize};

use super::error::InsertError;
use super::queries;
use crate::base::clock::Timestamp;
use crate::decisions::{Decision, Decisions, StoredDecision};

/// The name of the table.
const DECISIONS: &str = "decisions";

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
    let mut insert = client
        .insert::<DecisionRow<'_>>(DECISIONS)
        .await?
        .with_setting("async_insert", "0")
        // The same decision again is another row, and the newest counts.
        .with_setting("insert_deduplicate", "0");
    insert.write(row).await?;
    Ok(insert.end().await?)
}

/// The newest decision about each destination, learnt on top of what is known in `before`, at the time `now`. Those of a code
/// that a newer version wrote are left out.
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
        if let Some(decision) = from_code(*decision) {
            let stored = StoredDecision { decision, by, until: *until, decided: *decided_at };
            all.learn((site, destination), stored, now);
        }
    }
    Ok(all)
}
