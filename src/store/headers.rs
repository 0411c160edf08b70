//! The security headers of pages over time, as `cspwatch doctor --watch --store` received them: the table `headers`.

use clickhouse::{Client, Row};
use serde::{Deserialize, Serialize};

use super::error::InsertError;
use super::insert::one_by_people;
use super::queries;
use crate::base::clock::Timestamp;

/// The table.
const HEADERS: &str = "headers";

/// What one look at a page showed: `evidence_headers.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Serialize, Deserialize)]
pub struct HeaderRow {
    /// Name of the site.
    pub site: String,
    /// Name of the page's group.
    pub page_group: String,
    /// Host and path of the page, without the query.
    pub page: String,
    /// When it was fetched.
    pub at: Timestamp,
    /// Why it could not be fetched; empty: it was.
    pub failure: String,
    /// The security headers that it had, by name.
    pub headers: Vec<ReceivedHeader>,
}

/// A header, without what differs in each response. ClickHouse's crate writes and reads tuples, and no structures in a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(String, String, String)", into = "(String, String, String)")]
pub struct ReceivedHeader {
    /// Its name, lower-case.
    pub name: String,
    /// The beginning of its value.
    pub value: String,
    /// SHA-256 of the whole value, 64 hex digits.
    pub sha256: String,
}

impl From<(String, String, String)> for ReceivedHeader {
    fn from((name, value, sha256): (String, String, String)) -> Self {
        Self { name, value, sha256 }
    }
}

impl From<ReceivedHeader> for (String, String, String) {
    fn from(header: ReceivedHeader) -> Self {
        (header.name, header.value, header.sha256)
    }
}

/// Writes what a look showed.
///
/// # Errors
/// [`InsertError`].
pub async fn note(client: &Client, row: &HeaderRow) -> Result<(), InsertError> {
    one_by_people::<HeaderRow>(client, HEADERS, row).await
}

/// What looks at the pages of a site and of a page group (empty: of all) showed within a period, in the order of time; no more
/// than `limit` of them.
///
/// # Errors
/// [`InsertError`].
pub async fn received(
    client: &Client,
    (site, page_group): (&str, &str),
    (from, to): (Timestamp, Timestamp),
    limit: u64,
) -> Result<Vec<HeaderRow>, InsertError> {
    let query = client.query_raw(queries::EVIDENCE_HEADERS).param("site", site);
    let query = query.param("page_group", page_group).param("limit", limit);
    Ok(query.param("from", from).param("to", to).fetch_all().await?)
}
