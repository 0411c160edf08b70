//! The destinations that reports named: the tables `destinations`, `reports` and `decisions`.

use clickhouse::{Client, Row};
use serde::{Deserialize, Serialize};

use super::error::InsertError;
use super::queries;
use crate::base::clock::Timestamp;

/// A destination on a page group, and the newest decision about it.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize, Serialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct Destination {
    pub site: String,
    pub page_group: String,
    pub destination: String,
    pub first_seen: Timestamp,
    pub last_seen: Timestamp,
    pub reports: u64,
    pub clients: u64,
    pub active_days: u64,
    pub channels: Vec<String>,
    pub engines: Vec<String>,
    pub dispositions: Vec<String>,
    /// Of the newest alert about it: `page` or `ticket`; empty where there is none, or it was decided about since.
    pub severity: String,
    /// Empty where nobody has decided.
    pub decision: String,
    pub directive: String,
    /// The page group that the decision is for; empty: all.
    pub within: String,
    pub decided_at: Timestamp,
    pub by: String,
    pub why: String,
    pub until: Option<Timestamp>,
}

/// A destination's last report on a page group, for comparing with threat lists.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct SeenDestination {
    pub site: String,
    pub page_group: String,
    pub destination: String,
    pub last_seen: Timestamp,
    pub reports: u64,
    pub clients: u64,
}

/// A destination on a page group that had never been seen before: `site_new_destinations.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct NewDestination {
    pub site: String,
    pub page_group: String,
    pub destination: String,
    pub first_seen: Timestamp,
    pub last_seen: Timestamp,
    pub reports: u64,
    pub active_days: u64,
}

/// Which destinations to list.
#[derive(Debug, Clone, Copy, Default)]
pub struct DestinationQuery<'a> {
    /// Only of this site; empty for all sites.
    pub site: &'a str,
    /// Decisions that are in force then settle what they are about.
    pub at: Timestamp,
    /// The largest number of destinations.
    pub limit: u64,
}

/// The destinations, the most recently seen first.
///
/// # Errors
/// [`InsertError`].
pub async fn list(
    client: &Client,
    query: DestinationQuery<'_>,
) -> Result<Vec<Destination>, InsertError> {
    let DestinationQuery { site, at, limit } = query;
    let query = client.query_raw(queries::DESTINATIONS_LIST);
    Ok(query.param("site", site).param("to", at).param("limit", limit).fetch_all().await?)
}

/// The unknown destinations that a site had never seen before the range, the latest first.
///
/// # Errors
/// [`InsertError`].
pub async fn new_within(
    client: &Client,
    site: &str,
    (from, to): (Timestamp, Timestamp),
    limit: u64,
) -> Result<Vec<NewDestination>, InsertError> {
    let query = client.query_raw(queries::SITE_NEW_DESTINATIONS).param("site", site);
    Ok(query.param("from", from).param("to", to).param("limit", limit).fetch_all().await?)
}

/// Calls `on_destination` for every destination that was ever seen.
///
/// # Errors
/// [`InsertError`].
pub async fn each(
    client: &Client,
    mut on_destination: impl FnMut(&SeenDestination),
) -> Result<(), InsertError> {
    let mut cursor = client.query_raw(queries::DESTINATIONS_SEEN).fetch::<SeenDestination>()?;
    while let Some(destination) = cursor.next().await? {
        on_destination(&destination);
    }
    Ok(())
}
