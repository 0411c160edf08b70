//! What the console reads and writes besides decisions: collectors at work, page groups that report, notes.

use clickhouse::{Client, Row};
use serde::{Deserialize, Serialize};

use super::error::InsertError;
use super::insert::one_by_people;
use super::queries;
use crate::base::clock::Timestamp;

/// The table.
const NOTES: &str = "notes";

/// A collector that was at work: `collectors_latest.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct SeenCollector {
    pub collector: String,
    pub version: String,
    pub rules: String,
    pub first_seen: Timestamp,
    pub last_seen: Timestamp,
}

/// A page group that reported within a month: `overview_page_groups_heard.sql`.
#[derive(Debug, Clone, PartialEq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct HeardPageGroup {
    pub site: String,
    pub page_group: String,
    pub reports_a_day: f64,
    /// The midnight at which it began, in seconds since 1970.
    pub last_day: u32,
    /// Seconds since 1970; `None`: not within a day.
    pub last_minute: Option<u32>,
}

/// The reports of a day that an enforcing policy would have stopped: `would_be_blocked.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct BlockableDay {
    /// Days since 1970.
    pub day: u16,
    pub page_group: String,
    pub reports: u64,
}

/// A table on the server that answers: `pipeline_tables.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct StoredTable {
    pub table: String,
    pub rows: u64,
    pub parts: u64,
    pub bytes: u64,
}

/// A noise rule, and what it matched: `noise_reasons.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct NoiseReason {
    pub reason: String,
    pub reports: u64,
    pub sites: u64,
}

/// What somebody wrote down: `notes_of_destination.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct Note {
    pub noted_at: Timestamp,
    pub by: String,
    pub note: String,
}

/// A note to write.
#[derive(Debug, Clone, Copy, Row, Serialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct NoteRow<'a> {
    pub noted_at: Timestamp,
    pub site: &'a str,
    pub destination: &'a str,
    pub by: &'a str,
    pub note: &'a str,
}

/// The collectors that were at work since a time, the latest first.
///
/// # Errors
/// [`InsertError`].
pub async fn collectors(
    client: &Client,
    since: Timestamp,
) -> Result<Vec<SeenCollector>, InsertError> {
    let query = client.query_raw(queries::COLLECTORS_LATEST);
    Ok(query.param("since", since).fetch_all().await?)
}

/// The page groups that reported within a month, those that are silent first. `site` empty: of all sites.
///
/// # Errors
/// [`InsertError`].
pub async fn page_groups(
    client: &Client,
    site: &str,
    now: Timestamp,
) -> Result<Vec<HeardPageGroup>, InsertError> {
    let query = client.query_raw(queries::OVERVIEW_PAGE_GROUPS_HEARD);
    Ok(query.param("site", site).param("to", now).fetch_all().await?)
}

/// The sites that ever reported.
///
/// # Errors
/// [`InsertError`].
pub async fn sites(client: &Client) -> Result<Vec<String>, InsertError> {
    Ok(client.query_raw(queries::CHOICE_SITES).fetch_all().await?)
}

/// What would have been blocked on each day, without noise.
///
/// # Errors
/// [`InsertError`].
pub async fn would_be_blocked(
    client: &Client,
    site: &str,
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<BlockableDay>, InsertError> {
    let query = client.query_raw(queries::WOULD_BE_BLOCKED).param("site", site);
    Ok(query.param("from", from).param("to", to).fetch_all().await?)
}

/// The tables, the largest first.
///
/// # Errors
/// [`InsertError`].
pub async fn tables(client: &Client) -> Result<Vec<StoredTable>, InsertError> {
    Ok(client.query_raw(queries::PIPELINE_TABLES).fetch_all().await?)
}

/// The noise of all sites, by rule.
///
/// # Errors
/// [`InsertError`].
pub async fn noise(
    client: &Client,
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<NoiseReason>, InsertError> {
    const RULES: u64 = 100;
    let query = client.query_raw(queries::NOISE_REASONS).param("site", "").param("from", from);
    Ok(query.param("to", to).param("limit", RULES).fetch_all().await?)
}

/// What people wrote down about a destination.
///
/// # Errors
/// [`InsertError`].
pub async fn notes(
    client: &Client,
    (site, destination): (&str, &str),
    limit: u64,
) -> Result<Vec<Note>, InsertError> {
    let query = client.query_raw(queries::NOTES_OF_DESTINATION).param("site", site);
    Ok(query.param("destination", destination).param("limit", limit).fetch_all().await?)
}

/// Writes a note down.
///
/// # Errors
/// [`InsertError`].
pub async fn note(client: &Client, row: &NoteRow<'_>) -> Result<(), InsertError> {
    one_by_people::<NoteRow<'_>>(client, NOTES, row).await
}
