//! Decisions of people about destinations: the table `decisions`, a log in which the newest row about a destination counts.

use clap::ValueEnum as _;
use clickhouse::{Client, Row};
use serde::{Deserialize, Serialize};

use super::error::InsertError;
use super::insert::one_by_people;
use super::queries;
use crate::base::clock::{MILLISECOND, Timestamp};
use crate::base::domain::registrable;
use crate::base::limits;
use crate::config::{serves_strangers, strangers_of};
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

/// What a decision about a host is stored under: its registrable domain, or the very host where anybody can have an account.
pub fn subject(host: &str) -> &str {
    if serves_strangers(host) { host } else { registrable(host) }
}

/// Writes a decision about a destination, and the same about those of its hosts where anybody can have an account and that reports
/// of the site named until now: a decision about a domain covers no other of these. Returns these hosts.
///
/// # Errors
/// [`InsertError`].
pub async fn decide_with_hosts(
    client: &Client,
    row: &DecisionRow<'_>,
) -> Result<Vec<String>, InsertError> {
    let query = client.query_raw(queries::DESTINATION_HOSTS).param("site", row.site);
    let reported: Vec<String> = query.param("destination", row.destination).fetch_all().await?;
    let is_apart = |host: &String| host != row.destination && serves_strangers(host);
    let mut hosts: Vec<String> = reported.into_iter().filter(is_apart).collect();
    hosts.truncate(limits::HOSTS_PER_DECISION);
    for host in &hosts {
        let before = newest(client, (row.site, host)).await?;
        let decided_at = time_after(before.map(|before| before.decided_at), row.decided_at);
        decide(client, &DecisionRow { decided_at, destination: host, ..row.clone() }).await?;
    }
    decide(client, row).await?;
    Ok(hosts)
}

/// What people should know of the hosts that a decision covers, in sentences. `hosts`: those of [`decide_with_hosts`].
pub fn scope(destination: &str, hosts: &[String]) -> Vec<String> {
    let covered = hosts.iter().map(|host| {
        format!(
            "{host} is covered, too, because reports named it: anybody can have an account there; if this one is not yours, \
             forget the decision about {host}"
        )
    });
    let others = match strangers_of(destination) {
        Some(_) if destination != registrable(destination) => Some(format!(
            "the decision is about {destination} alone, where anybody can have an account; an alert about {} goes on until \
             somebody decides about that",
            registrable(destination)
        )),
        Some(example) => Some(format!(
            "other hosts of {destination} where anybody can have an account, such as {example}, are not covered: if you use one, \
             decide about it by its name"
        )),
        None => None,
    };
    covered.chain(others).collect()
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
